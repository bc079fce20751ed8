package jinja

import (
	"maps"

	"intentprobe/models/jinja/python"
)

// Filters of lists: their items, parts and choices.
func init() {
	maps.Copy(filters, map[string]func(*state, any, *arguments) any{
		"list": func(st *state, v any, a *arguments) any {
			a.take("list")
			values := items(st, v)
			st.take(16 * len(values))
			return &list{items: append([]any{}, values...)}
		},
		"join": func(st *state, v any, a *arguments) any {
			p := a.take("join", "d", "attribute")
			values := items(st, v)
			if by := or(p[1], nil); by != nil {
				values = each1(values, func(x any) any { return path(st, x, by, nil) })
			}
			return joined(st, values, st.printed(or(p[0], text(""))))
		},
		"first": func(st *state, v any, a *arguments) any {
			a.take("first")
			if g, ok := v.(*lazy); ok && g.view == "" {
				if len(g.items) == 0 {
					return undefined{"No first item, sequence was empty."}
				}
				x := g.items[0]
				g.items = g.items[1:]
				return x
			}
			if values := items(st, v); len(values) > 0 {
				return values[0]
			}
			return undefined{"No first item, sequence was empty."}
		},
		"last": func(st *state, v any, a *arguments) any {
			a.take("last")
			values := reversible(st, v)
			if len(values) > 0 {
				return values[len(values)-1]
			}
			return undefined{"No last item, sequence was empty."}
		},
		"reverse": func(st *state, v any, a *arguments) any {
			a.take("reverse")
			values := reversible(st, v)
			st.take(16 * len(values))
			out := make([]any, len(values))
			for i, x := range values {
				out[len(out)-1-i] = x
			}
			if _, isText := v.(str); isText {
				return joined(st, out, str{})
			}
			return &lazy{items: out}
		},
		"batch": func(st *state, v any, a *arguments) any {
			p := a.take("batch", "linecount", "fill_with")
			n, fill := wantInt("batch", need("batch", "linecount", p[0])), or(p[1], nil)
			if n < 1 {
				fail("batch(): a number above 0 is wanted")
			}
			out := &lazy{}
			values := items(st, v)
			for at := 0; at < len(values); at += n {
				st.take(64)
				line := append([]any{}, values[at:min(at+n, len(values))]...)
				if fill != nil {
					st.times(16, n-len(line))
					for len(line) < n {
						line = append(line, fill)
					}
				}
				out.items = append(out.items, &list{items: line})
			}
			return out
		},
		"slice": func(st *state, v any, a *arguments) any {
			p := a.take("slice", "slices", "fill_with")
			n, fill := wantInt("slice", need("slice", "slices", p[0])), or(p[1], nil)
			if n < 1 {
				fail("slice(): a number above 0 is wanted")
			}
			st.times(64, n)
			values := items(st, v)
			st.take(16 * len(values))
			out := &lazy{}
			each, more, at := len(values)/n, len(values)%n, 0
			for i := range n {
				size := each
				if i < more {
					size++
				}
				part := append([]any{}, values[at:at+size]...)
				at += size
				if fill != nil && i >= more {
					part = append(part, fill)
				}
				out.items = append(out.items, &list{items: part})
			}
			return out
		},
		"map":        mapFilter,
		"select":     choose(false, true),
		"reject":     choose(false, false),
		"selectattr": choose(true, true),
		"rejectattr": choose(true, false),
	})
}

// each1 changes every item of a list.
func each1(values []any, change func(any) any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = change(v)
	}
	return out
}

func reversible(st *state, v any) []any {
	if g, ok := v.(*lazy); ok && g.view == "" {
		fail("'generator' object is not reversible")
	}
	return items(st, v)
}

func mapFilter(st *state, v any, a *arguments) any {
	if !truth(v) {
		return &lazy{}
	}
	values := items(st, v)
	st.take(16 * len(values))
	if len(a.pos) == 0 {
		p := a.take("map", "attribute", "default")
		by, otherwise := need("map", "attribute", p[0]), or(p[1], nil)
		return &lazy{items: each1(values, func(x any) any { return path(st, x, by, otherwise) })}
	}
	name := st.printed(a.pos[0]).s
	f, ok := filters[name]
	if !ok {
		fail("No filter named %s.", python.Quote(name))
	}
	rest := &arguments{a.pos[1:], a.names, a.named}
	return &lazy{items: each1(values, func(x any) any { return f(st, x, rest) })}
}

// choose is select, reject, selectattr, rejectattr.
func choose(attr, keep bool) func(*state, any, *arguments) any {
	return func(st *state, v any, a *arguments) any {
		if !truth(v) {
			return &lazy{}
		}
		rest := *a
		var by any
		if attr {
			if len(rest.pos) == 0 {
				fail("Missing parameter for attribute name")
			}
			by, rest.pos = rest.pos[0], rest.pos[1:]
		}
		check := truth
		if len(rest.pos) > 0 {
			name := st.printed(rest.pos[0]).s
			rest.pos = rest.pos[1:]
			check = func(x any) bool { return applyTest(st, name, x, &rest) }
		}
		out := &lazy{}
		for _, x := range items(st, v) {
			st.take(16)
			part := x
			if attr {
				part = path(st, x, by, nil)
			}
			if check(part) == keep {
				out.items = append(out.items, x)
			}
		}
		return out
	}
}
