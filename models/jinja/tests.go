package jinja

import (
	"intentprobe/models/jinja/python"
)

// tests are what stands after `is`.
var tests map[string]func(st *state, v any, a *arguments) bool

func init() {
	kind := func(is func(st *state, v any) bool) func(*state, any, *arguments) bool {
		return func(st *state, v any, a *arguments) bool {
			a.take("test")
			return is(st, v)
		}
	}
	op := func(op string) func(*state, any, *arguments) bool {
		return func(st *state, v any, a *arguments) bool {
			return compareOp(st, op, v, need("test", "other", a.take("test", "other")[0]))
		}
	}
	remainder := func(st *state, v, by any) any {
		if u, ok := v.(undefined); ok {
			u.fail()
		}
		x, y := numeric(v), numeric(by)
		if x == nil || y == nil {
			fail("unsupported operand type(s) for %%: %s and %s", python.Quote(typeName(v)), python.Quote(typeName(by)))
		}
		return operate(nil, "%", x, y)
	}
	walkable := func(_ *state, v any) bool {
		switch v.(type) {
		case str, *list, *dict, *lazy, *span, undefined, *loop:
			return true
		}
		return false
	}
	tests = map[string]func(*state, any, *arguments) bool{
		"defined":   kind(func(st *state, v any) bool { _, no := v.(undefined); return !no }),
		"undefined": kind(func(st *state, v any) bool { _, no := v.(undefined); return no }),
		"none":      kind(func(st *state, v any) bool { return v == nil }),
		"true":      kind(func(st *state, v any) bool { return v == true }),
		"false":     kind(func(st *state, v any) bool { return v == false }),
		"boolean":   kind(func(st *state, v any) bool { _, ok := v.(bool); return ok }),
		"integer":   kind(func(st *state, v any) bool { return typeName(v) == "int" }),
		"float":     kind(func(st *state, v any) bool { _, ok := v.(float64); return ok }),
		"number":    kind(func(st *state, v any) bool { return numeric(v) != nil || typeName(v) == "int" }),
		"string":    kind(func(st *state, v any) bool { _, ok := v.(str); return ok }),
		"mapping":   kind(func(st *state, v any) bool { _, ok := v.(*dict); return ok }),
		"iterable":  kind(walkable),
		"sequence": kind(func(st *state, v any) bool {
			switch v.(type) {
			case str, *list, *dict, *span, undefined:
				return true
			}
			return false
		}),
		"callable": kind(func(st *state, v any) bool {
			switch v.(type) {
			case *function, *loop, undefined:
				return true
			}
			return false
		}),
		"escaped": kind(func(st *state, v any) bool { s, _ := v.(str); return s.safe }),
		"odd":     kind(func(st *state, v any) bool { return st.equal(remainder(st, v, int64(2)), int64(1), 0) }),
		"even":    kind(func(st *state, v any) bool { return st.equal(remainder(st, v, int64(2)), int64(0), 0) }),
		"divisibleby": func(st *state, v any, a *arguments) bool {
			return st.equal(remainder(st, v, need("divisibleby", "num", a.take("divisibleby", "num")[0])), int64(0), 0)
		},
		"lower": kind(isLower),
		"upper": kind(isUpper),
		"filter": kind(func(st *state, v any) bool {
			s, _ := v.(str)
			st.look(s)
			_, ok := filters[s.s]
			return ok
		}),
		"test": kind(func(st *state, v any) bool {
			s, _ := v.(str)
			st.look(s)
			_, ok := tests[s.s]
			return ok
		}),
		"sameas": func(st *state, v any, a *arguments) bool {
			other := need("sameas", "other", a.take("sameas", "other")[0])
			return typeName(v) == typeName(other) && st.equal(v, other, 0)
		},
		"in": op("in"),
	}
	for name, sign := range map[string]string{
		"eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "lt": "<", "lessthan": "<", "<": "<",
		"le": "<=", "<=": "<=", "gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=",
	} {
		tests[name] = op(sign)
	}
}

func applyTest(st *state, name string, v any, a *arguments) bool {
	t, ok := tests[name]
	if !ok {
		fail("No test named %s.", python.Quote(name))
	}
	return t(st, v, a)
}
