package jinja

import (
	"strconv"
	"strings"

	"intentprobe/models/jinja/python"
)

// attribute is obj.name: Python's attribute, or else the element of that name.
func attribute(of any, name string) any {
	switch v := of.(type) {
	case undefined:
		v.fail()
	case *loop:
		if a, ok := v.attr(name); ok {
			return a
		}
	case *namespace:
		if a, ok := v.attrs[name]; ok {
			return a
		}
	}
	if m := method(of, name); m != nil {
		return m
	}
	if d, ok := of.(*dict); ok {
		if v, ok := d.get(text(name)); ok {
			return v
		}
	}
	return notThere(of, text(name))
}

// element is obj[key]: the element, or else Python's attribute of that name.
func element(st *state, of, key any) any {
	switch v := of.(type) {
	case undefined:
		v.fail()
	case *dict:
		if _, isList := key.(*list); !isList {
			st.look(key)
			if value, ok := v.get(key); ok {
				return value
			}
		}
	case *list:
		if i, ok := index(key, len(v.items)); ok {
			return v.items[i]
		}
	case *span:
		if i, ok := index(key, v.length()); ok {
			return v.start + int64(i)*v.step
		}
	case str:
		if _, isInt := key.(int64); isInt {
			st.step(len(v.s))
			if ascii(v.s) {
				if i, ok := index(key, len(v.s)); ok {
					return v.sub(i, i+1)
				}
			} else if at := v.offsets(); true {
				if i, ok := index(key, len(at)-1); ok {
					return v.sub(at[i], at[i+1])
				}
			}
		}
	}
	if name, ok := key.(str); ok {
		if v, ok := of.(*loop); ok {
			if a, ok := v.attr(name.s); ok {
				return a
			}
		}
		if v, ok := of.(*namespace); ok {
			if a, ok := v.attrs[name.s]; ok {
				return a
			}
		}
		if m := method(of, name.s); m != nil {
			return m
		}
	}
	return notThere(of, key)
}

func notThere(v any, key any) undefined {
	kind := typeName(v) + " object"
	if v == nil {
		kind = "None"
	}
	if name, ok := key.(str); ok {
		return undefined{python.Quote(kind) + " has no attribute " + python.Quote(name.s)}
	}
	return undefined{kind + " has no element " + repr(key)}
}

// index makes a key a place in a list of n, from its end where it is below 0.
func index(key any, n int) (int, bool) {
	var i int64
	switch k := key.(type) {
	case int64:
		i = k
	case bool:
		if k {
			i = 1
		}
	default:
		return 0, false
	}
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

func bounds(from, to *int64, n int) (int, int) {
	clip := func(i *int64, otherwise int) int {
		if i == nil {
			return otherwise
		}
		at := *i
		if at < 0 {
			at += int64(n)
		}
		return int(max(0, min(int64(n), at)))
	}
	a, b := clip(from, 0), clip(to, n)
	return a, max(a, b)
}

func pick(items []any, from, to *int64, step int64) []any {
	if step == 0 {
		fail("slice step cannot be zero")
	}
	n := int64(len(items))
	low, high := int64(0), n // the range of places
	first, end := low, high
	if step < 0 {
		low, high = -1, n-1
		first, end = high, low
	}
	clip := func(i *int64, otherwise int64) int64 {
		if i == nil {
			return otherwise
		}
		at := *i
		if at < 0 {
			at += n
		}
		return max(low, min(high, at))
	}
	first, end = clip(from, first), clip(to, end)
	out := []any{}
	for i := first; (step > 0 && i < end) || (step < 0 && i > end); {
		out = append(out, items[i])
		if step > n || step < -n {
			break
		}
		i += step
	}
	return out
}

// path finds the attribute "a.b.0" of a value; otherwise stands for one that is
// not there.
func path(st *state, v, by, otherwise any) any {
	st.step(1)
	var parts []any
	if s, ok := by.(str); ok {
		for _, p := range strings.Split(s.s, ".") {
			if n, err := strconv.ParseInt(p, 10, 64); err == nil && n >= 0 {
				parts = append(parts, n)
			} else {
				parts = append(parts, text(p))
			}
		}
	} else {
		parts = []any{by}
	}
	for _, p := range parts {
		v = element(st, v, p)
		if _, no := v.(undefined); no && otherwise != nil {
			v = otherwise
		}
	}
	return v
}
