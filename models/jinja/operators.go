package jinja

import (
	"math"

	"intentprobe/models/jinja/python"
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
	fail("unsupported operand type(s) for %s: %s and %s", op, python.Quote(typeName(a)), python.Quote(typeName(b)))
	return nil
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
