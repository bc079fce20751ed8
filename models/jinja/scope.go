package jinja

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

// assign gives a target its value.
func (t *target) assign(st *state, sc *scope, v any) {
	switch {
	case t.parts != nil:
		values := items(st, v)
		if len(values) != len(t.parts) {
			fail("cannot unpack %d values into %d names", len(values), len(t.parts))
		}
		for i := range t.parts {
			t.parts[i].assign(st, sc, values[i])
		}
	case t.attr != "":
		of, ok := sc.get(t.name)
		ns, is := of.(*namespace)
		if !ok || !is {
			fail("cannot assign attribute on non-namespace object")
		}
		ns.attrs[t.attr] = v
	default:
		sc.set(t.name, v)
	}
}

// arguments are those of a call.
type arguments struct {
	pos   []any
	names []string
	named []any
}

func (w *written) eval(st *state, sc *scope) *arguments {
	a := &arguments{}
	if len(w.pos) > 0 {
		a.pos = make([]any, len(w.pos))
		for i, e := range w.pos {
			a.pos[i] = e.eval(st, sc)
		}
	}
	for i, e := range w.named {
		a.names = append(a.names, w.names[i])
		a.named = append(a.named, e.eval(st, sc))
	}
	if w.star != nil {
		a.pos = append(a.pos, items(st, w.star.eval(st, sc))...)
	}
	if w.stars != nil {
		d, ok := w.stars.eval(st, sc).(*dict)
		if !ok {
			fail("argument after ** must be a mapping")
		}
		for i, key := range d.keys {
			a.names = append(a.names, st.printed(key).s)
			a.named = append(a.named, d.values[i])
		}
	}
	return a
}

// take gives the arguments of a function with these parameters, nil for one that
// was not given; further ones are an error.
func (a *arguments) take(function string, params ...string) []any {
	if len(a.pos) > len(params) {
		fail("%s() takes at most %d arguments, %d were given", function, len(params), len(a.pos))
	}
	out := make([]any, len(params))
	for i := range out {
		out[i] = absent{}
	}
	copy(out, a.pos)
	for i, n := range a.names {
		at := -1
		for j, p := range params {
			if p == n {
				at = j
			}
		}
		if at < 0 {
			fail("%s() got an unexpected keyword argument %s", function, quote(n))
		}
		if at < len(a.pos) {
			fail("%s() got multiple values for argument %s", function, quote(n))
		}
		out[at] = a.named[i]
	}
	return out
}

// absent stands for an argument that was not given.
type absent struct{}

// or gives the argument, or what stands for it where it is not given.
func or(v, otherwise any) any {
	if _, no := v.(absent); no {
		return otherwise
	}
	return v
}

// need gives the argument and fails where it is not given.
func need(function, param string, v any) any {
	if _, no := v.(absent); no {
		fail("%s() missing required argument: %s", function, quote(param))
	}
	return v
}

func wantText(function string, v any) str {
	s, ok := v.(str)
	if !ok {
		if u, no := v.(undefined); no {
			u.fail()
		}
		fail("%s(): expected str, got %s", function, typeName(v))
	}
	return s
}

func wantInt(function string, v any) int {
	switch v := v.(type) {
	case int64:
		const most = 1 << 40
		return int(max(-most, min(most, v)))
	case bool:
		if v {
			return 1
		}
		return 0
	case undefined:
		v.fail()
	}
	fail("%s(): expected int, got %s", function, typeName(v))
	return 0
}
