package jinja

import (
	"slices"

	"intentprobe/models/jinja/lexer"
	"intentprobe/models/jinja/python"
)

const deepestSource = 100 // tags, brackets and operators within each other

type parser struct {
	tokens []lexer.Token
	at     int
	depth  int
	line   *int
	macros []*macro // that are being read, the innermost last
	loops  int      // that are being read, inside the innermost macro
}

func (p *parser) current() lexer.Token {
	t := p.tokens[p.at]
	*p.line = t.Line
	return t
}

func (p *parser) next() lexer.Token {
	t := p.current()
	if t.Kind != lexer.EOF {
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

func (p *parser) is(kind lexer.Kind, text string) bool {
	t := p.current()
	return t.Kind == kind && t.Text == text
}

func (p *parser) skip(kind lexer.Kind, text string) bool {
	if p.is(kind, text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(kind lexer.Kind, text string) lexer.Token {
	t := p.current()
	if t.Kind != kind || (text != "" && t.Text != text) {
		want := python.Quote(text)
		if text == "" {
			want = map[lexer.Kind]string{lexer.Name: "a name", lexer.BlockEnd: "'%}'", lexer.PrintEnd: "'}}'"}[kind]
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
		switch t := p.current(); t.Kind {
		case lexer.Data:
			p.at++
			out = append(out, &data{text(t.Text)})
		case lexer.Print:
			p.at++
			e := p.tuple(true)
			p.expect(lexer.PrintEnd, "")
			out = append(out, &print{e, t.Line})
		case lexer.Block:
			p.at++
			if tag := p.current(); tag.Kind == lexer.Name && slices.Contains(ends, tag.Text) {
				return out
			}
			out = append(out, p.statement())
		default:
			if len(ends) > 0 {
				fail("the template ends, but %s is missing", python.Quote(ends[len(ends)-1]))
			}
			return out
		}
	}
}

// block reads statements up to the tag end, and that tag.
func (p *parser) block(end string) []stmt {
	p.expect(lexer.BlockEnd, "")
	body := p.statements(end)
	p.next()
	p.expect(lexer.BlockEnd, "")
	return body
}

func (p *parser) statement() stmt {
	t := p.expect(lexer.Name, "")
	switch t.Text {
	case "if":
		return p.ifs(t.Line)
	case "for":
		return p.fors(t.Line)
	case "set":
		return p.sets(t.Line)
	case "macro":
		m := &macro{name: p.expect(lexer.Name, "").Text, line: t.Line}
		p.signature(m)
		p.macroBody(m, "endmacro")
		return m
	case "call":
		m := &macro{name: "caller", line: t.Line}
		if p.is(lexer.Op, "(") {
			p.signature(m)
		}
		c, ok := p.expression(true).(*call)
		if !ok {
			fail("expected a call")
		}
		p.macroBody(m, "endcall")
		return &callBlock{c, m, t.Line}
	case "filter":
		f := p.filters(nil, true)
		return &filterBlock{f, p.block("endfilter"), t.Line}
	case "with":
		w := &with{line: t.Line}
		for !p.is(lexer.BlockEnd, "%}") {
			if len(w.targets) > 0 {
				p.expect(lexer.Op, ",")
			}
			w.targets = append(w.targets, p.target(false))
			p.expect(lexer.Op, "=")
			w.values = append(w.values, p.expression(true))
		}
		w.body = p.block("endwith")
		return w
	case "generation":
		return &group{p.block("endgeneration")}
	case "block":
		p.expect(lexer.Name, "")
		p.expect(lexer.BlockEnd, "")
		body := p.statements("endblock")
		p.next()
		if p.current().Kind == lexer.Name {
			p.at++
		}
		p.expect(lexer.BlockEnd, "")
		return &group{body}
	case "break", "continue":
		if p.loops == 0 {
			fail("%s outside of a loop", python.Quote(t.Text))
		}
		p.expect(lexer.BlockEnd, "")
		return &jump{map[string]signal{"break": doBreak, "continue": doContinue}[t.Text]}
	case "include", "import", "from", "extends":
		fail("%s: a chat template has no other template to load", python.Quote(t.Text))
	}
	fail("unknown tag %s", python.Quote(t.Text))
	return nil
}

func (p *parser) ifs(line int) stmt {
	b := &branch{line: line}
	for {
		b.tests = append(b.tests, p.tuple(false))
		p.expect(lexer.BlockEnd, "")
		b.bodies = append(b.bodies, p.statements("elif", "else", "endif"))
		switch p.next().Text {
		case "elif":
		case "else":
			b.bodies = append(b.bodies, p.block("endif"))
			return b
		default:
			p.expect(lexer.BlockEnd, "")
			return b
		}
	}
}

func (p *parser) fors(line int) stmt {
	f := &each{line: line, target: p.target(false)}
	p.expect(lexer.Name, "in")
	f.in = p.tuple(false)
	if p.skip(lexer.Name, "if") {
		f.where = p.expression(true)
	}
	f.recursive = p.skip(lexer.Name, "recursive")
	p.expect(lexer.BlockEnd, "")
	p.loops++
	f.body = p.statements("endfor", "else")
	p.loops--
	if p.next().Text == "else" {
		f.orElse = p.block("endfor")
		return f
	}
	p.expect(lexer.BlockEnd, "")
	return f
}

func (p *parser) sets(line int) stmt {
	to := p.target(true)
	if p.skip(lexer.Op, "=") {
		s := &set{to, p.tuple(true), line}
		p.expect(lexer.BlockEnd, "")
		return s
	}
	s := &setBlock{target: to, line: line}
	if p.is(lexer.Op, "|") {
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
		if p.skip(lexer.Op, "(") {
			t := p.target(false)
			p.expect(lexer.Op, ")")
			return t
		}
		t := target{name: p.expect(lexer.Name, "").Text}
		if slices.Contains([]string{"true", "false", "none", "True", "False", "None"}, t.name) {
			fail("cannot assign to %s", python.Quote(t.name))
		}
		if attr && p.skip(lexer.Op, ".") {
			t.attr = p.expect(lexer.Name, "").Text
		}
		return t
	}
	first := one()
	if !p.is(lexer.Op, ",") {
		return first
	}
	all := target{parts: []target{first}}
	for p.skip(lexer.Op, ",") {
		if c := p.current(); c.Kind != lexer.Name && !p.is(lexer.Op, "(") || c.Text == "in" {
			break
		}
		all.parts = append(all.parts, one())
	}
	return all
}

// signature reads a macro's parameters.
func (p *parser) signature(m *macro) {
	p.expect(lexer.Op, "(")
	for !p.skip(lexer.Op, ")") {
		if len(m.params) > 0 {
			p.expect(lexer.Op, ",")
			if p.skip(lexer.Op, ")") {
				return
			}
		}
		m.params = append(m.params, p.expect(lexer.Name, "").Text)
		if p.skip(lexer.Op, "=") {
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
