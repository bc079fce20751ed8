package jinja

import "intentprobe/models/jinja/python"

func (e *constant) eval(*state, *scope) any { return e.value }

func (e *name) eval(st *state, sc *scope) any {
	if v, ok := sc.get(e.name); ok {
		return v
	}
	if v, ok := st.vars[e.name]; ok {
		return v
	}
	if f, ok := globals[e.name]; ok {
		return f
	}
	return missing(e.name)
}

func (e *getAttr) eval(st *state, sc *scope) any {
	st.step(1)
	return attribute(e.of.eval(st, sc), e.name)
}

func (e *getItem) eval(st *state, sc *scope) any {
	st.step(1)
	of := e.of.eval(st, sc)
	if s, ok := e.key.(*slice); ok {
		return s.of(st, sc, of)
	}
	return element(st, of, e.key.eval(st, sc))
}

func (e *slice) eval(*state, *scope) any {
	fail("a slice stands where none can")
	return nil
}

func (e *slice) of(st *state, sc *scope, of any) any {
	part := func(e expr) *int64 {
		if e == nil {
			return nil
		}
		switch v := e.eval(st, sc).(type) {
		case nil:
			return nil
		case int64:
			return &v
		case undefined:
			v.fail()
		}
		fail("slice indices must be integers or None")
		return nil
	}
	from, to, step := part(e.from), part(e.to), part(e.step)
	switch v := of.(type) {
	case str:
		st.step(len(v.s))
		if step == nil || *step == 1 {
			if ascii(v.s) {
				a, b := bounds(from, to, len(v.s))
				return v.sub(a, b)
			}
			at := v.offsets()
			a, b := bounds(from, to, len(at)-1)
			return v.sub(at[a], at[b])
		}
		chars := v.chars()
		picked := pick(chars, from, to, *step)
		parts := make([]str, len(picked))
		for i, c := range picked {
			parts[i] = c.(str)
		}
		return concat(parts...)
	case *list:
		st.take(16 * len(v.items))
		if step == nil || *step == 1 {
			a, b := bounds(from, to, len(v.items))
			return &list{v.items[a:b:b], v.tuple}
		}
		return &list{pick(v.items, from, to, *step), v.tuple}
	case *span:
		n := int64(1)
		if step != nil {
			n = *step
		}
		return &list{items: pick(items(st, v), from, to, n)}
	case undefined:
		v.fail()
	}
	return notThere(of, text("slice"))
}

func (e *call) eval(st *state, sc *scope) any {
	st.step(1)
	of := e.of.eval(st, sc)
	return callValue(st, of, e.args.eval(st, sc))
}

func callValue(st *state, of any, a *arguments) any {
	switch f := of.(type) {
	case *function:
		return f.call(st, a)
	case undefined:
		f.fail()
	case *loop:
		if f.again == nil {
			fail("the loop must have the 'recursive' marker to be called recursively")
		}
		return f.again(items(st, need("loop", "iterable", a.take("loop", "iterable")[0])))
	}
	fail("%s object is not callable", python.Quote(typeName(of)))
	return nil
}

func (e *filter) eval(st *state, sc *scope) any { return e.apply(st, sc, e.of.eval(st, sc)) }

func (e *filter) apply(st *state, sc *scope, v any) any {
	st.step(1)
	f, ok := filters[e.name]
	if !ok {
		fail("No filter named %s.", python.Quote(e.name))
	}
	a := e.args.eval(st, sc)
	return f(st, v, a)
}

func (e *test) eval(st *state, sc *scope) any {
	st.step(1)
	return applyTest(st, e.name, e.of.eval(st, sc), e.args.eval(st, sc))
}

func (e *condition) eval(st *state, sc *scope) any {
	switch {
	case truth(e.test.eval(st, sc)):
		return e.yes.eval(st, sc)
	case e.no != nil:
		return e.no.eval(st, sc)
	}
	return undefined{"the inline if-expression evaluated to false and no else section was defined."}
}

func (e *listing) eval(st *state, sc *scope) any {
	st.take(16 * len(e.items))
	out := &list{make([]any, len(e.items)), e.tuple}
	for i, item := range e.items {
		out.items[i] = item.eval(st, sc)
	}
	return out
}

func (e *dicting) eval(st *state, sc *scope) any {
	st.take(64 * len(e.keys))
	out := &dict{}
	for i, key := range e.keys {
		k := key.eval(st, sc)
		st.look(k)
		out.set(k, e.values[i].eval(st, sc))
	}
	return out
}

func (e *unary) eval(st *state, sc *scope) any {
	v := e.of.eval(st, sc)
	if e.op == "not" {
		return !truth(v)
	}
	switch n := numeric(v).(type) {
	case int64:
		if e.op == "-" {
			return -n
		}
		return n
	case float64:
		if e.op == "-" {
			return -n
		}
		return n
	}
	if u, ok := v.(undefined); ok {
		u.fail()
	}
	fail("bad operand type for unary %s: %s", e.op, python.Quote(typeName(v)))
	return nil
}

// A chain of operators is walked, not descended into: its length is the source's.
func (e *logic) eval(st *state, sc *scope) any {
	spine := append(make([]*logic, 0, 8), e)
	for {
		left, ok := spine[len(spine)-1].left.(*logic)
		if !ok {
			break
		}
		spine = append(spine, left)
	}
	v := spine[len(spine)-1].left.eval(st, sc)
	for i := len(spine) - 1; i >= 0; i-- {
		if truth(v) != spine[i].or {
			v = spine[i].right.eval(st, sc)
		}
	}
	return v
}

func (e *binary) eval(st *state, sc *scope) any {
	spine := append(make([]*binary, 0, 8), e)
	for {
		left, ok := spine[len(spine)-1].left.(*binary)
		if !ok {
			break
		}
		spine = append(spine, left)
	}
	v := spine[len(spine)-1].left.eval(st, sc)
	for i := len(spine) - 1; i >= 0; i-- {
		st.step(1)
		v = operate(st, spine[i].op, v, spine[i].right.eval(st, sc))
	}
	return v
}

func (e *compare) eval(st *state, sc *scope) any {
	left := e.first.eval(st, sc)
	for i, op := range e.ops {
		st.step(1)
		right := e.rest[i].eval(st, sc)
		if !compareOp(st, op, left, right) {
			return false
		}
		left = right
	}
	return true
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
