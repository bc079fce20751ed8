package jinja

// run executes statements up to the end or a break or continue.
func (st *state) run(body []stmt, sc *scope, out *builder) signal {
	for _, s := range body {
		if sig := s.exec(st, sc, out); sig != goOn {
			return sig
		}
	}
	return goOn
}

// capture gives what statements write.
func (st *state) capture(body []stmt, sc *scope) str {
	var b builder
	st.run(body, sc, &b)
	return b.str()
}

func (st *state) write(out *builder, s str) {
	st.take(len(s.s))
	out.add(s)
}

func (s *data) exec(st *state, _ *scope, out *builder) signal {
	st.write(out, s.text)
	return goOn
}

func (s *print) exec(st *state, sc *scope, out *builder) signal {
	st.line = s.line
	st.write(out, st.printed(s.of.eval(st, sc)))
	return goOn
}

func (s *branch) exec(st *state, sc *scope, out *builder) signal {
	for i, t := range s.tests {
		st.line = s.line
		if truth(t.eval(st, sc)) {
			return st.run(s.bodies[i], sc, out)
		}
	}
	if len(s.bodies) > len(s.tests) {
		return st.run(s.bodies[len(s.tests)], sc, out)
	}
	return goOn
}

func (s *set) exec(st *state, sc *scope, _ *builder) signal {
	st.line = s.line
	st.step(1)
	s.target.assign(st, sc, s.value.eval(st, sc))
	return goOn
}

func (s *setBlock) exec(st *state, sc *scope, _ *builder) signal {
	st.line = s.line
	var v any = st.capture(s.body, &scope{parent: sc})
	if s.filter != nil {
		v = onBlock(s.filter, v, st, sc)
	}
	s.target.assign(st, sc, v)
	return goOn
}

func (s *filterBlock) exec(st *state, sc *scope, out *builder) signal {
	body := st.capture(s.body, &scope{parent: sc})
	st.line = s.line
	st.write(out, st.printed(onBlock(s.filter, body, st, sc)))
	return goOn
}

// onBlock runs filters that have a block's text as their operand.
func onBlock(e expr, body any, st *state, sc *scope) any {
	switch e := e.(type) {
	case *filter:
		if e.of != nil {
			body = onBlock(e.of, body, st, sc)
		}
		return e.apply(st, sc, body)
	}
	return e.eval(st, sc)
}

func (s *with) exec(st *state, sc *scope, out *builder) signal {
	st.line = s.line
	inner := &scope{parent: sc}
	for i := range s.targets {
		s.targets[i].assign(st, inner, s.values[i].eval(st, sc))
	}
	return st.run(s.body, inner, out)
}

func (s *group) exec(st *state, sc *scope, out *builder) signal {
	return st.run(s.body, &scope{parent: sc}, out)
}

func (s *jump) exec(*state, *scope, *builder) signal { return s.signal }

// loop is what `loop` is in the body of a `for`.
type loop struct {
	items   []any
	at      int
	depth   int
	changed []any
	again   func(items []any) str // nil if the loop is not recursive
}

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

func (s *macro) exec(_ *state, sc *scope, _ *builder) signal {
	sc.set(s.name, s.function(sc))
	return goOn
}

// function makes a macro one that can be called; it sees the names of the scope
// in which it stands.
func (s *macro) function(sc *scope) *function {
	return &function{s.name, func(st *state, a *arguments) any {
		st.deeper()
		defer func() { st.depth-- }()
		st.step(1)
		line := st.line
		defer func() { st.line = line }()
		inner := &scope{parent: sc}
		kwargs := &dict{}
		given := map[string]any{}
		var caller any = undefined{"No caller defined"}
		for i, n := range a.names {
			switch {
			case contains(s.params, n):
				given[n] = a.named[i]
			case n == "caller" && s.uses["caller"]:
				caller = a.named[i]
			case s.uses["kwargs"]:
				kwargs.set(text(n), a.named[i])
			default:
				fail("macro %s takes no keyword argument %s", quote(s.name), quote(n))
			}
		}
		for i, p := range s.params {
			v, named := given[p]
			switch d := i - (len(s.params) - len(s.defaults)); {
			case i < len(a.pos):
				if named {
					fail("macro %s got two values for %s", quote(s.name), quote(p))
				}
				v = a.pos[i]
			case named:
			case d >= 0:
				v = s.defaults[d].eval(st, inner)
			default:
				v = undefined{"parameter " + quote(p) + " was not provided"}
			}
			inner.set(p, v)
		}
		if len(a.pos) > len(s.params) && !s.uses["varargs"] {
			fail("macro %s takes not more than %d argument(s)", quote(s.name), len(s.params))
		}
		if s.uses["varargs"] {
			inner.set("varargs", &list{append([]any{}, a.pos[min(len(a.pos), len(s.params)):]...), true})
		}
		if s.uses["kwargs"] {
			inner.set("kwargs", kwargs)
		}
		if s.uses["caller"] {
			inner.set("caller", caller)
		}
		return st.capture(s.body, inner)
	}}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (s *callBlock) exec(st *state, sc *scope, out *builder) signal {
	st.line = s.line
	of := s.call.of.eval(st, sc)
	a := s.call.args.eval(st, sc)
	a.names = append(a.names, "caller")
	a.named = append(a.named, s.macro.function(sc))
	st.write(out, st.printed(callValue(st, of, a)))
	return goOn
}
