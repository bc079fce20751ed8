package jinja

import "intentprobe/models/jinja/python"

// scope holds the names that a part of the template has set.
type scope struct {
	names  []string
	values []any
	parent *scope
}

func (sc *scope) get(name string) (any, bool) {
	for ; sc != nil; sc = sc.parent {
		for i, n := range sc.names {
			if n == name {
				return sc.values[i], true
			}
		}
	}
	return nil, false
}

func (sc *scope) set(name string, v any) {
	for i, n := range sc.names {
		if n == name {
			sc.values[i] = v
			return
		}
	}
	sc.names = append(sc.names, name)
	sc.values = append(sc.values, v)
}

// globals are the names that are there in every template.
var globals map[string]*function

func init() {
	globals = map[string]*function{}
	for name, call := range map[string]func(st *state, a *arguments) any{
		"range": func(st *state, a *arguments) any {
			r := &span{step: 1}
			switch n := len(a.pos); {
			case len(a.names) > 0 || n < 1 || n > 3:
				fail("range expected 1 to 3 arguments")
			case n == 1:
				r.stop = int64(wantInt("range", a.pos[0]))
			default:
				r.start, r.stop = int64(wantInt("range", a.pos[0])), int64(wantInt("range", a.pos[1]))
				if n == 3 {
					r.step = int64(wantInt("range", a.pos[2]))
				}
			}
			if r.step == 0 {
				fail("range() arg 3 must not be zero")
			}
			if r.length() > 100000 {
				fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")
			}
			return r
		},
		"dict":      func(st *state, a *arguments) any { return newDict(st, a) },
		"namespace": newNamespace,
		"strftime_now": func(st *state, a *arguments) any {
			format := wantText("strftime_now", need("strftime_now", "format", a.take("strftime_now", "format")[0]))
			st.take(32 * len(format.s))
			return text(python.Strftime(st.now, format.s))
		},
		"raise_exception": func(st *state, a *arguments) any {
			panic(&Error{Message: st.printed(need("raise_exception", "message", a.take("raise_exception", "message")[0])).s, Raised: true})
		},
		"cycler": func(st *state, a *arguments) any {
			if len(a.pos) == 0 {
				fail("at least one item has to be provided")
			}
			return cycler(a.pos)
		},
		"joiner": func(st *state, a *arguments) any {
			sep := or(a.take("joiner", "sep")[0], text(", "))
			used := false
			return &function{"joiner", func(*state, *arguments) any {
				if !used {
					used = true
					return text("")
				}
				return sep
			}}
		},
	} {
		globals[name] = &function{name, call}
	}
}

func newNamespace(st *state, a *arguments) any {
	d := newDict(st, a)
	out := &namespace{make(map[string]any, len(d.keys))}
	for i, key := range d.keys {
		out.attrs[st.printed(key).s] = d.values[i]
	}
	return out
}

// cycler is a namespace whose functions go round its items.
func cycler(values []any) any {
	at := 0
	c := &namespace{map[string]any{"current": values[0]}}
	move := func(to int) {
		at = to % len(values)
		c.attrs["current"] = values[at]
	}
	c.attrs["next"] = &function{"next", func(*state, *arguments) any {
		v := values[at]
		move(at + 1)
		return v
	}}
	c.attrs["reset"] = &function{"reset", func(*state, *arguments) any {
		move(0)
		return nil
	}}
	return c
}
