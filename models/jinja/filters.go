package jinja

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// filters are what stands behind |.
var filters map[string]func(st *state, v any, a *arguments) any

func init() {
	filters = map[string]func(*state, any, *arguments) any{
		"tojson": toJSON,
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
		"trim": func(st *state, v any, a *arguments) any {
			return onText("strip")(st, v, a)
		},
		"lower":      onText("lower"),
		"upper":      onText("upper"),
		"capitalize": onText("capitalize"),
		"title": func(st *state, v any, a *arguments) any {
			a.take("title")
			s := st.printed(v)
			st.take(len(s.s))
			return s.same(titleWords(s.s))
		},
		"replace": func(st *state, v any, a *arguments) any {
			p := a.take("replace", "old", "new", "count")
			most := -1
			if n := or(p[2], nil); n != nil {
				most = wantInt("replace", n)
			}
			return st.printed(v).replace(st, st.printed(need("replace", "old", p[0])), st.printed(need("replace", "new", p[1])), most)
		},
		"indent": indent,
		"join": func(st *state, v any, a *arguments) any {
			p := a.take("join", "d", "attribute")
			values := items(st, v)
			if by := or(p[1], nil); by != nil {
				values = each1(values, func(x any) any { return path(st, x, by, nil) })
			}
			return joined(st, values, st.printed(or(p[0], text(""))))
		},
		"list": func(st *state, v any, a *arguments) any {
			a.take("list")
			values := items(st, v)
			st.take(16 * len(values))
			return &list{items: append([]any{}, values...)}
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
		"sort": func(st *state, v any, a *arguments) any {
			p := a.take("sort", "reverse", "case_sensitive", "attribute")
			return &list{items: sorted(st, items(st, v), sortKey(st, or(p[2], nil), truth(or(p[1], false))), truth(or(p[0], false)))}
		},
		"dictsort": func(st *state, v any, a *arguments) any {
			p := a.take("dictsort", "case_sensitive", "by", "reverse")
			d, ok := v.(*dict)
			if !ok {
				fail("%s object has no attribute 'items'", quote(typeName(v)))
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
		"map":        mapFilter,
		"select":     choose(false, true),
		"reject":     choose(false, false),
		"selectattr": choose(true, true),
		"rejectattr": choose(true, false),
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
			fail("bad operand type for abs(): %s", quote(typeName(v)))
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
		"wordcount": func(st *state, v any, a *arguments) any {
			a.take("wordcount")
			s := st.printed(v).s
			st.take(16 * len(s)) // of the words that are made
			return int64(len(strings.FieldsFunc(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })))
		},
		"truncate": func(st *state, v any, a *arguments) any {
			p := a.take("truncate", "length", "killwords", "end", "leeway")
			s, most, end := st.printed(v), wantInt("truncate", or(p[0], int64(255))), st.printed(or(p[2], text("...")))
			leeway := 5
			if n := or(p[3], nil); n != nil {
				leeway = wantInt("truncate", n)
			}
			st.take(len(s.s))
			if s.length() <= most+leeway {
				return s
			}
			keep := int64(most - end.length())
			if keep < 0 {
				fail("expected length >= %d, got %d", end.length(), most)
			}
			cut := s.sub(0, s.offsets()[keep])
			if i := strings.LastIndexByte(cut.s, ' '); i >= 0 && !truth(or(p[1], false)) {
				cut = cut.sub(0, i)
			}
			return concat(cut, end)
		},
		"center": func(st *state, v any, a *arguments) any {
			return padded(st, st.printed(v), wantInt("center", or(a.take("center", "width")[0], int64(80))), text(" "), "center")
		},
		"format": func(st *state, v any, a *arguments) any {
			if len(a.names) > 0 {
				d := &dict{}
				for i, n := range a.names {
					d.set(text(n), a.named[i])
				}
				return formatPercent(st, st.printed(v), d)
			}
			return formatPercent(st, st.printed(v), &list{a.pos, true})
		},
	}
	for short, long := range map[string]string{"d": "default", "count": "length", "e": "escape"} {
		filters[short] = filters[long]
	}
}

// onText is a filter that is a method of the value's text.
func onText(method string) func(*state, any, *arguments) any {
	return func(st *state, v any, a *arguments) any {
		s := st.printed(v)
		st.take(len(s.s))
		return strMethods[method](st, s, a)
	}
}

// titleWords begins every word with a capital, a word being what space, - and
// opening brackets part.
func titleWords(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = isSpace(r) || strings.ContainsRune("-({[<", r)
		if was {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

func each1(values []any, change func(any) any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = change(v)
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

func reversible(st *state, v any) []any {
	if g, ok := v.(*lazy); ok && g.view == "" {
		fail("'generator' object is not reversible")
	}
	return items(st, v)
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
		fail("No filter named %s.", quote(name))
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

func indent(st *state, v any, a *arguments) any {
	p := a.take("indent", "width", "first", "blank")
	s := st.printed(v)
	by, ok := or(p[0], int64(4)).(str)
	if !ok {
		by = text(strings.Repeat(" ", st.times(1, wantInt("indent", or(p[0], int64(4))))))
	}
	first, blank := truth(or(p[1], false)), truth(or(p[2], false))
	var b builder
	if first {
		b.add(by)
	}
	st.take(48 * len(s.s))
	for i, line := range concat(s, text("\n")).lines(false) {
		line := line.(str)
		st.take(len(by.s) + len(line.s) + 1)
		if i > 0 {
			b.add(text("\n"))
			if blank || line.s != "" {
				b.add(by)
			}
		}
		b.add(line)
	}
	return b.str()
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
		s := strings.ReplaceAll(strings.TrimFunc(v.s, isSpace), "_", "")
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
		if f, err := strconv.ParseFloat(strings.TrimFunc(v.s, isSpace), 64); err == nil {
			return f
		}
	}
	if n := numeric(v); n != nil {
		return toFloat(n)
	}
	return or(p[0], 0.0)
}
