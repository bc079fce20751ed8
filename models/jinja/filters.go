package jinja

import (
	"maps"
	"math"
	"strconv"
	"strings"

	"intentprobe/models/jinja/python"
)

// filters are what stands after |. This file has those of any value and of numbers; those
// of texts and lists are in filters_*.go.
var filters = map[string]func(st *state, v any, a *arguments) any{}

func init() {
	maps.Copy(filters, map[string]func(*state, any, *arguments) any{
		"default": func(st *state, v any, a *arguments) any {
			p := a.take("default", "default_value", "boolean")
			_, no := v.(undefined)
			if no || (truth(or(p[1], false)) && !truth(v)) {
				return or(p[0], text(""))
			}
			return v
		},
		"length": func(st *state, v any, a *arguments) any {
			a.take("length")
			st.look(v)
			return int64(length(v))
		},
		"items": func(st *state, v any, a *arguments) any {
			a.take("items")
			switch v := v.(type) {
			case undefined:
				return &lazy{}
			case *dict:
				st.take(64 * len(v.keys))
				return &lazy{items: v.pairs()}
			}
			fail("Can only get item pairs from a mapping.")
			return nil
		},
		"attr": func(st *state, v any, a *arguments) any {
			name := wantText("attr", need("attr", "name", a.take("attr", "name")[0])).s
			if u, no := v.(undefined); no {
				u.fail()
			}
			if _, isDict := v.(*dict); isDict && method(v, name) == nil {
				return notThere(v, text(name)) // attributes alone, no elements
			}
			return attribute(v, name)
		},
		"string": func(st *state, v any, a *arguments) any {
			a.take("string")
			return st.printed(v)
		},
		"safe": func(st *state, v any, a *arguments) any {
			a.take("safe")
			s := st.printed(v)
			s.safe = true
			return s
		},
		"escape": func(st *state, v any, a *arguments) any {
			a.take("escape")
			s := st.printed(v)
			st.take(6 * len(s.s))
			return escape(s)
		},
		"tojson": toJSON,
		"abs": func(st *state, v any, a *arguments) any {
			a.take("abs")
			switch n := numeric(v).(type) {
			case int64:
				return max(n, -n)
			case float64:
				return math.Abs(n)
			}
			if u, no := v.(undefined); no {
				u.fail()
			}
			fail("bad operand type for abs(): %s", python.Quote(typeName(v)))
			return nil
		},
		"int":   toInt,
		"float": toFloatFilter,
		"round": func(st *state, v any, a *arguments) any {
			p := a.take("round", "precision", "method")
			n := numeric(v)
			if n == nil {
				fail("type %s doesn't define __round__ method", typeName(v))
			}
			places := wantInt("round", or(p[0], int64(0)))
			scale := math.Pow(10, float64(places))
			f := toFloat(n)
			switch how := st.printed(or(p[1], text("common"))).s; how {
			case "common":
				if _, isInt := n.(int64); isInt && places >= 0 {
					return n
				} else if isInt {
					return int64(math.RoundToEven(f*scale) / scale)
				}
				if places > 300 || f-f != 0 {
					return f
				}
				if places < 0 {
					return math.RoundToEven(f*scale) / scale
				}
				out, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', places, 64), 64)
				return out
			case "ceil":
				return math.Ceil(f*scale) / scale
			case "floor":
				return math.Floor(f*scale) / scale
			}
			fail("method must be common, ceil or floor")
			return nil
		},
	})
	for short, long := range map[string]string{"d": "default", "count": "length", "e": "escape"} {
		filters[short] = filters[long]
	}
}

func toInt(st *state, v any, a *arguments) any {
	p := a.take("int", "default", "base")
	otherwise := or(p[0], int64(0))
	st.look(v)
	switch v := v.(type) {
	case undefined:
		v.fail()
	case str:
		base := wantInt("int", or(p[1], int64(10)))
		s := strings.ReplaceAll(strings.TrimFunc(v.s, python.IsSpace), "_", "")
		if base >= 2 && base <= 36 {
			low := strings.ToLower(s)
			for prefix, of := range map[string]int{"0x": 16, "0o": 8, "0b": 2} {
				if base == of {
					low = strings.TrimPrefix(low, prefix)
				}
			}
			if n, err := strconv.ParseInt(low, base, 64); err == nil {
				return n
			}
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 1<<62 {
			return int64(f)
		}
	}
	switch n := numeric(v).(type) {
	case int64:
		return n
	case float64:
		if math.Abs(n) < 1<<62 {
			return int64(n)
		}
	}
	return otherwise
}

func toFloatFilter(st *state, v any, a *arguments) any {
	p := a.take("float", "default")
	st.look(v)
	switch v := v.(type) {
	case undefined:
		v.fail()
	case str:
		if f, err := strconv.ParseFloat(strings.TrimFunc(v.s, python.IsSpace), 64); err == nil {
			return f
		}
	}
	if n := numeric(v); n != nil {
		return toFloat(n)
	}
	return or(p[0], 0.0)
}
