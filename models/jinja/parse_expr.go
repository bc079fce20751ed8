package jinja

import (
	"strconv"
	"strings"
)

// expression reads one value; with conditions, also `a if b else c`.
func (p *parser) expression(conditions bool) expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	p.deeper()
	e := p.or()
	for conditions && p.skip(tokName, "if") {
		p.deeper()
		c := &condition{test: p.or(), yes: e}
		if p.skip(tokName, "else") {
			c.no = p.expression(true)
		}
		e = c
	}
	return e
}

// tuple reads values with commas between, as one tuple, or a single one.
func (p *parser) tuple(conditions bool) expr {
	first := p.expression(conditions)
	if !p.is(tokOp, ",") {
		return first
	}
	out := &listing{items: []expr{first}, tuple: true}
	for p.skip(tokOp, ",") {
		t := p.current()
		if t.kind == tokPrintEnd || t.kind == tokBlockEnd || p.is(tokOp, ")") {
			break
		}
		out.items = append(out.items, p.expression(conditions))
	}
	return out
}

func (p *parser) or() expr {
	left := p.and()
	for p.skip(tokName, "or") {
		left = &logic{true, left, p.and()}
	}
	return left
}

func (p *parser) and() expr {
	left := p.not()
	for p.skip(tokName, "and") {
		left = &logic{false, left, p.not()}
	}
	return left
}

func (p *parser) not() expr {
	if p.skip(tokName, "not") {
		p.deeper()
		defer func() { p.depth-- }()
		return &unary{"not", p.not()}
	}
	return p.comparison()
}

func (p *parser) comparison() expr {
	c := &compare{first: p.sum()}
	for {
		op := p.current()
		switch {
		case op.kind == tokOp && strings.Contains(" == != < <= > >= ", " "+op.text+" "):
			p.at++
			c.ops = append(c.ops, op.text)
		case p.skip(tokName, "in"):
			c.ops = append(c.ops, "in")
		case op.kind == tokName && op.text == "not" && p.tokens[p.at+1].kind == tokName && p.tokens[p.at+1].text == "in":
			p.at += 2
			c.ops = append(c.ops, "not in")
		case len(c.ops) == 0:
			return c.first
		default:
			return c
		}
		c.rest = append(c.rest, p.sum())
	}
}

// level reads operands with these operators between.
func (p *parser) level(operand func() expr, ops string) expr {
	left := operand()
	for {
		op := p.current()
		if op.kind != tokOp || !strings.Contains(ops, " "+op.text+" ") {
			return left
		}
		p.at++
		left = &binary{op.text, left, operand()}
	}
}

func (p *parser) sum() expr     { return p.level(p.joined, " + - ") }
func (p *parser) joined() expr  { return p.level(p.product, " ~ ") }
func (p *parser) product() expr { return p.level(p.power, " * / // % ") }
func (p *parser) power() expr   { return p.level(func() expr { return p.unary(true) }, " ** ") }

func (p *parser) unary(filters bool) expr {
	p.deeper()
	defer func() { p.depth-- }()
	var e expr
	switch {
	case p.skip(tokOp, "-"):
		e = &unary{"-", p.unary(false)}
	case p.skip(tokOp, "+"):
		e = &unary{"+", p.unary(false)}
	default:
		e = p.primary()
	}
	e = p.postfix(e)
	if filters {
		return p.filters(e, false)
	}
	return e
}

func (p *parser) primary() expr {
	t := p.next()
	switch t.kind {
	case tokName:
		switch t.text {
		case "true", "True":
			return &constant{true}
		case "false", "False":
			return &constant{false}
		case "none", "None":
			return &constant{nil}
		}
		for _, m := range p.macros {
			m.uses[t.text] = true
		}
		return &name{t.text}
	case tokString:
		var b strings.Builder
		b.WriteString(t.text)
		for p.current().kind == tokString {
			b.WriteString(p.next().text)
		}
		return &constant{text(b.String())}
	case tokInt:
		base := 10
		if len(t.text) > 1 && t.text[0] == '0' && strings.Trim(t.text, "0") != "" {
			base = 0
		}
		n, err := strconv.ParseInt(t.text, base, 64)
		if err != nil {
			fail("the number %s is too large", t.text)
		}
		return &constant{n}
	case tokFloat:
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			fail("the number %s is too large", t.text)
		}
		return &constant{f}
	case tokOp:
		switch t.text {
		case "(":
			if p.skip(tokOp, ")") {
				return &listing{tuple: true}
			}
			e := p.tuple(true)
			p.expect(tokOp, ")")
			return e
		case "[":
			out := &listing{}
			for !p.skip(tokOp, "]") {
				if len(out.items) > 0 {
					p.expect(tokOp, ",")
					if p.skip(tokOp, "]") {
						break
					}
				}
				out.items = append(out.items, p.expression(true))
			}
			return out
		case "{":
			out := &dicting{}
			for !p.skip(tokOp, "}") {
				if len(out.keys) > 0 {
					p.expect(tokOp, ",")
					if p.skip(tokOp, "}") {
						break
					}
				}
				out.keys = append(out.keys, p.expression(true))
				p.expect(tokOp, ":")
				out.values = append(out.values, p.expression(true))
			}
			return out
		}
	}
	fail("unexpected %s", t)
	return nil
}

// postfix reads .name, [key] and (arguments) behind a value. Each makes the tree
// one deeper.
func (p *parser) postfix(e expr) expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	for {
		switch {
		case p.skip(tokOp, "."):
			t := p.next()
			switch t.kind {
			case tokName:
				e = &getAttr{e, t.text}
			case tokInt:
				n, _ := strconv.ParseInt(t.text, 10, 64)
				e = &getItem{e, &constant{n}}
			default:
				fail("expected a name or a number, got %s", t)
			}
		case p.skip(tokOp, "["):
			e = &getItem{e, p.subscript()}
		case p.is(tokOp, "("):
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
		for !p.is(tokOp, "]") && !p.is(tokOp, ",") {
			if p.skip(tokOp, ":") {
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
	if p.skip(tokOp, "]") {
		return first
	}
	out := &listing{items: []expr{first}, tuple: true}
	for p.skip(tokOp, ",") {
		out.items = append(out.items, one())
	}
	p.expect(tokOp, "]")
	return out
}

func (p *parser) arguments() written {
	p.expect(tokOp, "(")
	var w written
	for first := true; !p.skip(tokOp, ")"); first = false {
		if !first {
			p.expect(tokOp, ",")
			if p.skip(tokOp, ")") {
				break
			}
		}
		next := p.tokens[min(p.at+1, len(p.tokens)-1)]
		switch t := p.current(); {
		case p.skip(tokOp, "*"):
			w.star = p.expression(true)
		case p.skip(tokOp, "**"):
			w.stars = p.expression(true)
		case t.kind == tokName && next.kind == tokOp && next.text == "=":
			p.at += 2
			w.names = append(w.names, t.text)
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

// filters reads |name, `is name` and calls behind a value. inline: the name of
// the first filter comes without its bar.
func (p *parser) filters(e expr, inline bool) expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	for {
		switch {
		case inline || p.skip(tokOp, "|"):
			inline = false
			t := p.expect(tokName, "")
			f := &filter{of: e, name: p.dotted(t.text), line: t.line}
			if p.is(tokOp, "(") {
				f.args = p.arguments()
			}
			e = f
		case e != nil && p.skip(tokName, "is"):
			e = p.test(e)
		case e != nil && p.is(tokOp, "("):
			e = &call{e, p.arguments()}
		default:
			return e
		}
		p.deeper()
	}
}

func (p *parser) dotted(name string) string {
	for p.skip(tokOp, ".") {
		name += "." + p.expect(tokName, "").text
	}
	return name
}

func (p *parser) test(e expr) expr {
	negated := p.skip(tokName, "not")
	t := &test{of: e, name: p.dotted(p.expect(tokName, "").text)}
	switch c := p.current(); {
	case p.is(tokOp, "("):
		t.args = p.arguments()
	case c.kind == tokName && c.text == "is":
		fail("tests with is cannot be chained")
	case c.kind == tokName && c.text != "else" && c.text != "or" && c.text != "and",
		c.kind == tokString, c.kind == tokInt, c.kind == tokFloat, p.is(tokOp, "["), p.is(tokOp, "{"):
		t.args.pos = []expr{p.postfix(p.primary())}
	}
	if negated {
		return &unary{"not", t}
	}
	return t
}
