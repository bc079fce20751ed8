package jinja

func (s *each) exec(st *state, sc *scope, out *builder) signal {
	st.line = s.line
	s.walk(st, sc, items(st, s.in.eval(st, sc)), 1, out)
	return goOn
}

func (s *each) walk(st *state, sc *scope, values []any, depth int, out *builder) {
	st.deeper()
	defer func() { st.depth-- }()
	if s.where != nil {
		var kept []any
		for _, v := range values {
			st.take(16)
			inner := &scope{parent: sc}
			s.target.assign(st, inner, v)
			if truth(s.where.eval(st, inner)) {
				kept = append(kept, v)
			}
		}
		values = kept
	}
	if len(values) == 0 {
		st.run(s.orElse, &scope{parent: sc}, out)
		return
	}
	l := &loop{items: values, depth: depth}
	if s.recursive {
		l.again = func(values []any) str {
			var b builder
			s.walk(st, sc, values, depth+1, &b)
			return b.str()
		}
	}
	for i, v := range values {
		st.step(1)
		l.at = i
		inner := &scope{parent: sc, names: make([]string, 0, 4), values: make([]any, 0, 4)}
		inner.set("loop", l)
		s.target.assign(st, inner, v)
		if st.run(s.body, inner, out) == doBreak {
			return
		}
	}
}

// attr gives loop.index and its like.
func (l *loop) attr(name string) (any, bool) {
	n := len(l.items)
	switch name {
	case "index":
		return int64(l.at + 1), true
	case "index0":
		return int64(l.at), true
	case "revindex":
		return int64(n - l.at), true
	case "revindex0":
		return int64(n - l.at - 1), true
	case "first":
		return l.at == 0, true
	case "last":
		return l.at == n-1, true
	case "length":
		return int64(n), true
	case "depth":
		return int64(l.depth), true
	case "depth0":
		return int64(l.depth - 1), true
	case "previtem":
		if l.at == 0 {
			return undefined{"there is no previous item"}, true
		}
		return l.items[l.at-1], true
	case "nextitem":
		if l.at == n-1 {
			return undefined{"there is no next item"}, true
		}
		return l.items[l.at+1], true
	case "cycle":
		return &function{"cycle", func(_ *state, a *arguments) any {
			if len(a.pos) == 0 {
				fail("no items for cycling given")
			}
			return a.pos[l.at%len(a.pos)]
		}}, true
	case "changed":
		return &function{"changed", func(st *state, a *arguments) any {
			if l.changed != nil && st.equal(&list{items: l.changed}, &list{items: a.pos}, 0) {
				return false
			}
			l.changed = append([]any{}, a.pos...)
			return true
		}}, true
	}
	return nil, false
}
