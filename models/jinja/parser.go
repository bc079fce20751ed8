package jinja

import "slices"

const deepestSource = 100 // tags, brackets and operators within each other

type parser struct {
	tokens []token
	at     int
	depth  int
	line   *int
	macros []*macro // that are being read, the innermost last
	loops  int      // that are being read, inside the innermost macro
}

func (p *parser) current() token {
	t := p.tokens[p.at]
	*p.line = t.line
	return t
}

func (p *parser) next() token {
	t := p.current()
	if t.kind != tokEOF {
		p.at++
	}
	return t
}

// deeper counts a level of the source; the caller undoes it.
func (p *parser) deeper() {
	if p.depth++; p.depth > deepestSource {
		fail("the template is nested more than %d deep", deepestSource)
	}
}

func (p *parser) is(kind tokenKind, text string) bool {
	t := p.current()
	return t.kind == kind && t.text == text
}

func (p *parser) skip(kind tokenKind, text string) bool {
	if p.is(kind, text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(kind tokenKind, text string) token {
	t := p.current()
	if t.kind != kind || (text != "" && t.text != text) {
		want := quote(text)
		if text == "" {
			want = map[tokenKind]string{tokName: "a name", tokBlockEnd: "'%}'", tokPrintEnd: "'}}'"}[kind]
		}
		fail("expected %s, got %s", want, t)
	}
	return p.next()
}

// statements reads up to a tag with one of these names, which stays, or to the
// end of the template.
func (p *parser) statements(ends ...string) []stmt {
	p.deeper()
	defer func() { p.depth-- }()
	var out []stmt
	for {
		switch t := p.current(); t.kind {
		case tokData:
			p.at++
			out = append(out, &data{text(t.text)})
		case tokPrint:
			p.at++
			e := p.tuple(true)
			p.expect(tokPrintEnd, "")
			out = append(out, &print{e, t.line})
		case tokBlock:
			p.at++
			if tag := p.current(); tag.kind == tokName && slices.Contains(ends, tag.text) {
				return out
			}
			out = append(out, p.statement())
		default:
			if len(ends) > 0 {
				fail("the template ends, but %s is missing", quote(ends[len(ends)-1]))
			}
			return out
		}
	}
}

// block reads statements up to the tag end, and that tag.
func (p *parser) block(end string) []stmt {
	p.expect(tokBlockEnd, "")
	body := p.statements(end)
	p.next()
	p.expect(tokBlockEnd, "")
	return body
}

func (p *parser) statement() stmt {
	t := p.expect(tokName, "")
	switch t.text {
	case "if":
		return p.ifs(t.line)
	case "for":
		return p.fors(t.line)
	case "set":
		return p.sets(t.line)
	case "macro":
		m := &macro{name: p.expect(tokName, "").text, line: t.line}
		p.signature(m)
		p.macroBody(m, "endmacro")
		return m
	case "call":
		m := &macro{name: "caller", line: t.line}
		if p.is(tokOp, "(") {
			p.signature(m)
		}
		c, ok := p.expression(true).(*call)
		if !ok {
			fail("expected a call")
		}
		p.macroBody(m, "endcall")
		return &callBlock{c, m, t.line}
	case "filter":
		f := p.filters(nil, true)
		return &filterBlock{f, p.block("endfilter"), t.line}
	case "with":
		w := &with{line: t.line}
		for !p.is(tokBlockEnd, "%}") {
			if len(w.targets) > 0 {
				p.expect(tokOp, ",")
			}
			w.targets = append(w.targets, p.target(false))
			p.expect(tokOp, "=")
			w.values = append(w.values, p.expression(true))
		}
		w.body = p.block("endwith")
		return w
	case "generation":
		return &group{p.block("endgeneration")}
	case "block":
		p.expect(tokName, "")
		p.expect(tokBlockEnd, "")
		body := p.statements("endblock")
		p.next()
		if p.current().kind == tokName {
			p.at++
		}
		p.expect(tokBlockEnd, "")
		return &group{body}
	case "break", "continue":
		if p.loops == 0 {
			fail("%s outside of a loop", quote(t.text))
		}
		p.expect(tokBlockEnd, "")
		return &jump{map[string]signal{"break": doBreak, "continue": doContinue}[t.text]}
	case "include", "import", "from", "extends":
		fail("%s: a chat template has no other template to load", quote(t.text))
	}
	fail("unknown tag %s", quote(t.text))
	return nil
}

func (p *parser) ifs(line int) stmt {
	b := &branch{line: line}
	for {
		b.tests = append(b.tests, p.tuple(false))
		p.expect(tokBlockEnd, "")
		b.bodies = append(b.bodies, p.statements("elif", "else", "endif"))
		switch p.next().text {
		case "elif":
		case "else":
			b.bodies = append(b.bodies, p.block("endif"))
			return b
		default:
			p.expect(tokBlockEnd, "")
			return b
		}
	}
}

func (p *parser) fors(line int) stmt {
	f := &each{line: line, target: p.target(false)}
	p.expect(tokName, "in")
	f.in = p.tuple(false)
	if p.skip(tokName, "if") {
		f.where = p.expression(true)
	}
	f.recursive = p.skip(tokName, "recursive")
	p.expect(tokBlockEnd, "")
	p.loops++
	f.body = p.statements("endfor", "else")
	p.loops--
	if p.next().text == "else" {
		f.orElse = p.block("endfor")
		return f
	}
	p.expect(tokBlockEnd, "")
	return f
}

func (p *parser) sets(line int) stmt {
	to := p.target(true)
	if p.skip(tokOp, "=") {
		s := &set{to, p.tuple(true), line}
		p.expect(tokBlockEnd, "")
		return s
	}
	s := &setBlock{target: to, line: line}
	if p.is(tokOp, "|") {
		s.filter = p.filters(nil, false)
	}
	s.body = p.block("endset")
	return s
}

// target reads what is assigned to: names, or an attribute if that may be.
func (p *parser) target(attr bool) target {
	p.deeper()
	defer func() { p.depth-- }()
	one := func() target {
		if p.skip(tokOp, "(") {
			t := p.target(false)
			p.expect(tokOp, ")")
			return t
		}
		t := target{name: p.expect(tokName, "").text}
		if slices.Contains([]string{"true", "false", "none", "True", "False", "None"}, t.name) {
			fail("cannot assign to %s", quote(t.name))
		}
		if attr && p.skip(tokOp, ".") {
			t.attr = p.expect(tokName, "").text
		}
		return t
	}
	first := one()
	if !p.is(tokOp, ",") {
		return first
	}
	all := target{parts: []target{first}}
	for p.skip(tokOp, ",") {
		if c := p.current(); c.kind != tokName && !p.is(tokOp, "(") || c.text == "in" {
			break
		}
		all.parts = append(all.parts, one())
	}
	return all
}

// signature reads a macro's parameters.
func (p *parser) signature(m *macro) {
	p.expect(tokOp, "(")
	for !p.skip(tokOp, ")") {
		if len(m.params) > 0 {
			p.expect(tokOp, ",")
			if p.skip(tokOp, ")") {
				return
			}
		}
		m.params = append(m.params, p.expect(tokName, "").text)
		if p.skip(tokOp, "=") {
			m.defaults = append(m.defaults, p.expression(true))
		} else if len(m.defaults) > 0 {
			fail("a parameter without a default stands behind one that has one")
		}
	}
}

func (p *parser) macroBody(m *macro, end string) {
	m.uses = map[string]bool{}
	p.macros = append(p.macros, m)
	loops := p.loops
	p.loops = 0
	m.body = p.block(end)
	p.loops = loops
	p.macros = p.macros[:len(p.macros)-1]
}
