package jinja

import (
	"maps"
	"sort"
	"strings"

	"intentprobe/models/jinja/python"
)

// Filters that order the items of a list, group them or sum them up.
func init() {
	maps.Copy(filters, map[string]func(*state, any, *arguments) any{
		"sort": func(st *state, v any, a *arguments) any {
			p := a.take("sort", "reverse", "case_sensitive", "attribute")
			return &list{items: sorted(st, items(st, v), sortKey(st, or(p[2], nil), truth(or(p[1], false))), truth(or(p[0], false)))}
		},
		"dictsort": func(st *state, v any, a *arguments) any {
			p := a.take("dictsort", "case_sensitive", "by", "reverse")
			d, ok := v.(*dict)
			if !ok {
				fail("%s object has no attribute 'items'", python.Quote(typeName(v)))
			}
			place := map[string]int64{"key": 0, "value": 1}
			by, ok := place[st.printed(or(p[1], text("key"))).s]
			if !ok {
				fail(`You can only sort by either "key" or "value"`)
			}
			fold := sortKey(st, nil, truth(or(p[0], false)))
			st.take(64 * len(d.keys))
			return &list{items: sorted(st, d.pairs(), func(x any) any { return fold(x.(*list).items[by]) }, truth(or(p[2], false)))}
		},
		"unique": func(st *state, v any, a *arguments) any {
			p := a.take("unique", "case_sensitive", "attribute")
			key := sortKey(st, or(p[1], nil), truth(or(p[0], false)))
			seen := map[any]bool{}
			out := &lazy{}
			for _, x := range items(st, v) {
				st.take(32)
				k := key(x)
				st.look(k)
				if h := hash(k); !seen[h] {
					seen[h] = true
					out.items = append(out.items, x)
				}
			}
			return out
		},
		"groupby": func(st *state, v any, a *arguments) any {
			p := a.take("groupby", "attribute", "default", "case_sensitive")
			by := need("groupby", "attribute", p[0])
			raw := func(x any) any { return path(st, x, by, or(p[1], nil)) }
			fold := sortKey(st, nil, truth(or(p[2], false)))
			out := &list{}
			var group *list
			var last any
			for _, x := range sorted(st, items(st, v), func(x any) any { return fold(raw(x)) }, false) {
				st.take(64)
				if k := fold(raw(x)); group == nil || !st.equal(k, last, 0) {
					group, last = &list{}, k
					out.items = append(out.items, &list{[]any{raw(x), group}, true})
				}
				group.items = append(group.items, x)
			}
			return out
		},
		"min": extreme("min", -1),
		"max": extreme("max", 1),
		"sum": func(st *state, v any, a *arguments) any {
			p := a.take("sum", "attribute", "start")
			total := or(p[1], int64(0))
			for _, x := range items(st, v) {
				st.step(1)
				if by := or(p[0], nil); by != nil {
					x = path(st, x, by, nil)
				}
				total = operate(st, "+", total, x)
			}
			return total
		},
	})
}

// sortKey gives by what values are sorted: an attribute, letters folded unless
// case counts.
func sortKey(st *state, by any, caseCounts bool) func(any) any {
	return func(v any) any {
		if by != nil {
			v = path(st, v, by, nil)
		}
		if s, ok := v.(str); ok && !caseCounts {
			return text(strings.ToLower(s.s))
		}
		return v
	}
}

// sorted sorts by a key; equal ones stay in order, also in reverse.
func sorted(st *state, values []any, key func(any) any, reverse bool) []any {
	type pair struct{ key, value any }
	pairs := make([]pair, len(values))
	st.take(32 * len(values))
	for i, v := range values {
		pairs[i] = pair{key(v), v}
	}
	sort.SliceStable(pairs, func(i, j int) bool {
		st.step(1)
		if reverse {
			i, j = j, i
		}
		return compareOp(st, "<", pairs[i].key, pairs[j].key)
	})
	out := make([]any, len(pairs))
	for i, p := range pairs {
		out[i] = p.value
	}
	return out
}

func extreme(name string, sign int) func(*state, any, *arguments) any {
	return func(st *state, v any, a *arguments) any {
		p := a.take(name, "case_sensitive", "attribute")
		key := sortKey(st, or(p[1], nil), truth(or(p[0], false)))
		values := items(st, v)
		if len(values) == 0 {
			return undefined{"No aggregated item, sequence was empty."}
		}
		best := values[0]
		for _, x := range values[1:] {
			st.step(1)
			if compareOp(st, map[int]string{-1: "<", 1: ">"}[sign], key(x), key(best)) {
				best = x
			}
		}
		return best
	}
}
