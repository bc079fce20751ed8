package jinja

import (
	"strconv"
	"strings"

	"intentprobe/models/jinja/lexer"
)

func (p *parser) primary() expr {
	t := p.next()
	switch t.Kind {
	case lexer.Name:
		switch t.Text {
		case "true", "True":
			return &constant{true}
		case "false", "False":
			return &constant{false}
		case "none", "None":
			return &constant{nil}
		}
		for _, m := range p.macros {
			m.uses[t.Text] = true
		}
		return &name{t.Text}
	case lexer.String:
		var b strings.Builder
		b.WriteString(t.Text)
		for p.current().Kind == lexer.String {
			b.WriteString(p.next().Text)
		}
		return &constant{text(b.String())}
	case lexer.Int:
		base := 10
		if len(t.Text) > 1 && t.Text[0] == '0' && strings.Trim(t.Text, "0") != "" {
			base = 0
		}
		n, err := strconv.ParseInt(t.Text, base, 64)
		if err != nil {
			fail("the number %s is too large", t.Text)
		}
		return &constant{n}
	case lexer.Float:
		f, err := strconv.ParseFloat(t.Text, 64)
		if err != nil {
			fail("the number %s is too large", t.Text)
		}
		return &constant{f}
	case lexer.Op:
		switch t.Text {
		case "(":
			if p.skip(lexer.Op, ")") {
				return &listing{tuple: true}
			}
			e := p.tuple(true)
			p.expect(lexer.Op, ")")
			return e
		case "[":
			out := &listing{}
			for !p.skip(lexer.Op, "]") {
				if len(out.items) > 0 {
					p.expect(lexer.Op, ",")
					if p.skip(lexer.Op, "]") {
						break
					}
				}
				out.items = append(out.items, p.expression(true))
			}
			return out
		case "{":
			out := &dicting{}
			for !p.skip(lexer.Op, "}") {
				if len(out.keys) > 0 {
					p.expect(lexer.Op, ",")
					if p.skip(lexer.Op, "}") {
						break
					}
				}
				out.keys = append(out.keys, p.expression(true))
				p.expect(lexer.Op, ":")
				out.values = append(out.values, p.expression(true))
			}
			return out
		}
	}
	fail("unexpected %s", t)
	return nil
}

// postfix reads .name, [key] and (arguments) after a value. Each makes the tree one
// deeper.
func (p *parser) postfix(e expr) expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	for {
		switch {
		case p.skip(lexer.Op, "."):
			t := p.next()
			switch t.Kind {
			case lexer.Name:
				e = &getAttr{e, t.Text}
			case lexer.Int:
				n, _ := strconv.ParseInt(t.Text, 10, 64)
				e = &getItem{e, &constant{n}}
			default:
				fail("expected a name or a number, got %s", t)
			}
		case p.skip(lexer.Op, "["):
			e = &getItem{e, p.subscript()}
		case p.is(lexer.Op, "("):
			e = &call{e, p.arguments()}
		default:
			return e
		}
		p.deeper()
	}
}

func (p *parser) subscript() expr {
	one := func() expr {
		var s slice
		parts := []*expr{&s.from, &s.to, &s.step}
		colons := 0
		for !p.is(lexer.Op, "]") && !p.is(lexer.Op, ",") {
			if p.skip(lexer.Op, ":") {
				if colons++; colons > 2 {
					fail("a slice with more than three parts")
				}
				continue
			}
			if *parts[colons] != nil {
				fail("expected ']', got %s", p.current())
			}
			*parts[colons] = p.expression(true)
		}
		if colons > 0 {
			return &s
		}
		if s.from == nil {
			fail("expected a key, got %s", p.current())
		}
		return s.from
	}
	first := one()
	if p.skip(lexer.Op, "]") {
		return first
	}
	out := &listing{items: []expr{first}, tuple: true}
	for p.skip(lexer.Op, ",") {
		out.items = append(out.items, one())
	}
	p.expect(lexer.Op, "]")
	return out
}

func (p *parser) arguments() written {
	p.expect(lexer.Op, "(")
	var w written
	for first := true; !p.skip(lexer.Op, ")"); first = false {
		if !first {
			p.expect(lexer.Op, ",")
			if p.skip(lexer.Op, ")") {
				break
			}
		}
		next := p.tokens[min(p.at+1, len(p.tokens)-1)]
		switch t := p.current(); {
		case p.skip(lexer.Op, "*"):
			w.star = p.expression(true)
		case p.skip(lexer.Op, "**"):
			w.stars = p.expression(true)
		case t.Kind == lexer.Name && next.Kind == lexer.Op && next.Text == "=":
			p.at += 2
			w.names = append(w.names, t.Text)
			w.named = append(w.named, p.expression(true))
		default:
			if len(w.names) > 0 || w.star != nil || w.stars != nil {
				fail("an argument without a name stands behind one that has one")
			}
			w.pos = append(w.pos, p.expression(true))
		}
	}
	return w
}

// filters reads |name, `is name` and calls after a value. inline: the name of the first
// filter comes without its bar.
func (p *parser) filters(e expr, inline bool) expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	for {
		switch {
		case inline || p.skip(lexer.Op, "|"):
			inline = false
			t := p.expect(lexer.Name, "")
			f := &filter{of: e, name: p.dotted(t.Text), line: t.Line}
			if p.is(lexer.Op, "(") {
				f.args = p.arguments()
			}
			e = f
		case e != nil && p.skip(lexer.Name, "is"):
			e = p.test(e)
		case e != nil && p.is(lexer.Op, "("):
			e = &call{e, p.arguments()}
		default:
			return e
		}
		p.deeper()
	}
}

func (p *parser) dotted(name string) string {
	for p.skip(lexer.Op, ".") {
		name += "." + p.expect(lexer.Name, "").Text
	}
	return name
}

func (p *parser) test(e expr) expr {
	negated := p.skip(lexer.Name, "not")
	t := &test{of: e, name: p.dotted(p.expect(lexer.Name, "").Text)}
	switch c := p.current(); {
	case p.is(lexer.Op, "("):
		t.args = p.arguments()
	case c.Kind == lexer.Name && c.Text == "is":
		fail("tests with is cannot be chained")
	case c.Kind == lexer.Name && c.Text != "else" && c.Text != "or" && c.Text != "and",
		c.Kind == lexer.String, c.Kind == lexer.Int, c.Kind == lexer.Float, p.is(lexer.Op, "["), p.is(lexer.Op, "{"):
		t.args.pos = []expr{p.postfix(p.primary())}
	}
	if negated {
		return &unary{"not", t}
	}
	return t
}
