package jinja

import "intentprobe/models/jinja/python"

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
				fail("macro %s takes no keyword argument %s", python.Quote(s.name), python.Quote(n))
			}
		}
		for i, p := range s.params {
			v, named := given[p]
			switch d := i - (len(s.params) - len(s.defaults)); {
			case i < len(a.pos):
				if named {
					fail("macro %s got two values for %s", python.Quote(s.name), python.Quote(p))
				}
				v = a.pos[i]
			case named:
			case d >= 0:
				v = s.defaults[d].eval(st, inner)
			default:
				v = undefined{"parameter " + python.Quote(p) + " was not provided"}
			}
			inner.set(p, v)
		}
		if len(a.pos) > len(s.params) && !s.uses["varargs"] {
			fail("macro %s takes not more than %d argument(s)", python.Quote(s.name), len(s.params))
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

func (s *callBlock) exec(st *state, sc *scope, out *builder) signal {
	st.line = s.line
	of := s.call.of.eval(st, sc)
	a := s.call.args.eval(st, sc)
	a.names = append(a.names, "caller")
	a.named = append(a.named, s.macro.function(sc))
	st.write(out, st.printed(callValue(st, of, a)))
	return goOn
}
