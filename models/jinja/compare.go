package jinja

import (
	"math/big"
	"strings"

	"intentprobe/models/jinja/python"
)

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
		fail("%s not supported between instances of %s and %s", python.Quote(op), python.Quote(typeName(a)), python.Quote(typeName(b)))
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
	fail("argument of type %s is not iterable", python.Quote(typeName(in)))
	return false
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
