package jinja

import (
	"math"
	"math/big"
	"strings"
)

// numeric gives a number as int64 or float64, nil for what is none.
func numeric(v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int64, float64:
		return v
	}
	return nil
}

func toFloat(v any) float64 {
	if i, ok := v.(int64); ok {
		return float64(i)
	}
	return v.(float64)
}

// operate is a binary operator, as Python has it.
func operate(st *state, op string, a, b any) any {
	if op == "~" {
		left, right := st.printed(a), st.printed(b)
		st.take(len(left.s) + len(right.s))
		left.safe, right.safe = false, false
		return concat(left, right)
	}
	for _, v := range []any{a, b} {
		if u, ok := v.(undefined); ok {
			u.fail()
		}
	}
	if x, y := numeric(a), numeric(b); x != nil && y != nil {
		i, isInt := x.(int64)
		j, both := y.(int64)
		if isInt && both {
			return integers(op, i, j)
		}
		return floats(op, toFloat(x), toFloat(y))
	}
	switch x := a.(type) {
	case str:
		switch y := b.(type) {
		case str:
			if op == "+" {
				if x.safe != y.safe {
					x, y = escape(x), escape(y)
				}
				st.take(len(x.s) + len(y.s))
				out := concat(x, y)
				out.safe = x.safe
				return out
			}
		case int64, bool:
			if op == "*" {
				return repeat(st, x, wantInt("*", y))
			}
		}
		if op == "%" {
			return formatPercent(st, x, b)
		}
		if op == "+" {
			fail("can only concatenate str (not %q) to str", typeName(b))
		}
	case *list:
		switch y := b.(type) {
		case *list:
			if op == "+" && x.tuple == y.tuple {
				st.take(16 * (len(x.items) + len(y.items)))
				return &list{append(append([]any{}, x.items...), y.items...), x.tuple}
			}
		case int64, bool:
			if op == "*" {
				return repeatList(st, x, wantInt("*", y))
			}
		}
	case int64, bool:
		switch y := b.(type) {
		case str:
			if op == "*" {
				return repeat(st, y, wantInt("*", x))
			}
		case *list:
			if op == "*" {
				return repeatList(st, y, wantInt("*", x))
			}
		}
	}
	fail("unsupported operand type(s) for %s: %s and %s", op, quote(typeName(a)), quote(typeName(b)))
	return nil
}

// times checks what n copies of size bytes would take, and takes it.
func (st *state) times(size, n int) int {
	if n <= 0 {
		return 0
	}
	if size > 0 && int64(n) > st.limits.Bytes/int64(size) {
		fail("the template makes too much text: more than %d bytes", st.limits.Bytes)
	}
	st.take(size * n)
	return n
}

func repeat(st *state, s str, n int) str {
	n = st.times(len(s.s)+24*len(s.runs), n)
	if len(s.runs) == 0 {
		if s.s == "" {
			return s
		}
		return str{s: strings.Repeat(s.s, n), safe: s.safe}
	}
	if s.s == "" {
		n = min(n, 1)
	}
	var b builder
	for range n {
		b.add(s)
	}
	return b.str()
}

func repeatList(st *state, l *list, n int) *list {
	out := &list{tuple: l.tuple}
	if len(l.items) > 0 {
		for range st.times(16*len(l.items), n) {
			out.items = append(out.items, l.items...)
		}
	}
	return out
}

func integers(op string, a, b int64) any {
	var r int64
	ok := true
	switch op {
	case "+":
		r = a + b
		ok = (r > a) == (b > 0)
	case "-":
		r = a - b
		ok = (r < a) == (b > 0)
	case "*":
		r = a * b
		ok = a == 0 || (r/a == b && !(a == -1 && b == math.MinInt64))
	case "**":
		if b < 0 {
			return floats(op, float64(a), float64(b))
		}
		f := math.Pow(float64(a), float64(b))
		if ok = math.Abs(f) < 1<<62; ok {
			r = 1
			for x, n := a, b; n > 0; n >>= 1 {
				if n&1 == 1 {
					r *= x
				}
				x *= x
			}
		}
	default:
		if b == 0 {
			fail("division by zero")
		}
		if op == "/" {
			return float64(a) / float64(b)
		}
		q, m := a/b, a%b
		if m != 0 && (m < 0) != (b < 0) {
			q, m = q-1, m+b
		}
		if op == "//" {
			return q
		}
		return m
	}
	if !ok {
		fail("the number %d %s %d is too large", a, op, b)
	}
	return r
}

func floats(op string, a, b float64) any {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "**":
		return math.Pow(a, b)
	}
	if b == 0 {
		fail("float division by zero")
	}
	switch op {
	case "/":
		return a / b
	case "//":
		return math.Floor(a / b)
	}
	m := math.Mod(a, b)
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m
}

func compareOp(st *state, op string, a, b any) bool {
	switch op {
	case "==":
		return st.equal(a, b, 0)
	case "!=":
		return !st.equal(a, b, 0)
	case "in":
		return member(st, a, b)
	case "not in":
		return !member(st, a, b)
	}
	c, ok := st.order(a, b)
	if !ok {
		for _, v := range []any{a, b} {
			if u, no := v.(undefined); no {
				u.fail()
			}
		}
		fail("%s not supported between instances of %s and %s", quote(op), quote(typeName(a)), quote(typeName(b)))
	}
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// order gives which of two values of a kind comes first.
func (st *state) order(a, b any) (int, bool) {
	if x, y := numeric(a), numeric(b); x != nil && y != nil {
		i, isInt := x.(int64)
		j, both := y.(int64)
		f, g := toFloat(x), toFloat(y)
		switch {
		case isInt && both && i < j, f < g:
			return -1, true
		case isInt && both && i > j, f > g:
			return 1, true
		}
		return 0, true
	}
	switch x := a.(type) {
	case str:
		if y, ok := b.(str); ok {
			st.step(min(len(x.s), len(y.s)))
			return strings.Compare(x.s, y.s), true
		}
	case *list:
		y, ok := b.(*list)
		if !ok || x.tuple != y.tuple {
			return 0, false
		}
		for i := range min(len(x.items), len(y.items)) {
			if !st.equal(x.items[i], y.items[i], 0) {
				return st.order(x.items[i], y.items[i])
			}
		}
		return len(x.items) - len(y.items), true
	}
	return 0, false
}

func (st *state) equal(a, b any, depth int) bool {
	st.step(1)
	if depth > deepest {
		fail("values within each other, more than %d deep", deepest)
	}
	if x, y := numeric(a), numeric(b); x != nil && y != nil {
		i, isInt := x.(int64)
		if j, both := y.(int64); isInt && both {
			return i == j
		}
		return toFloat(x) == toFloat(y)
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case str:
		y, ok := b.(str)
		if !ok || len(x.s) != len(y.s) {
			return false
		}
		st.look(x)
		return x.s == y.s
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case undefined:
		_, ok := b.(undefined)
		return ok
	case *list:
		y, ok := b.(*list)
		if !ok || x.tuple != y.tuple || len(x.items) != len(y.items) {
			return false
		}
		for i := range x.items {
			if !st.equal(x.items[i], y.items[i], depth+1) {
				return false
			}
		}
		return true
	case *dict:
		y, ok := b.(*dict)
		if !ok || len(x.keys) != len(y.keys) {
			return false
		}
		for i, key := range x.keys {
			st.look(key)
			v, ok := y.get(key)
			if !ok || !st.equal(x.values[i], v, depth+1) {
				return false
			}
		}
		return true
	case *span:
		y, ok := b.(*span)
		return ok && *x == *y
	case *lazy, *namespace, *loop, *function:
		return a == b
	}
	return false
}

// member is Python's `in`.
func member(st *state, v, in any) bool {
	switch in := in.(type) {
	case str:
		s, ok := v.(str)
		if !ok {
			fail("'in <string>' requires string as left operand, not %s", typeName(v))
		}
		st.step(len(in.s))
		return strings.Contains(in.s, s.s)
	case *dict:
		st.look(v)
		_, ok := in.get(v)
		return ok
	case *list, *lazy, *span, undefined:
		values := items(st, in)
		st.step(64 * len(values))
		for _, x := range values {
			if st.equal(v, x, 0) {
				return true
			}
		}
		return false
	}
	fail("argument of type %s is not iterable", quote(typeName(in)))
	return false
}
