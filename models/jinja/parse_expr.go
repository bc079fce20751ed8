package jinja

import (
	"strings"

	"intentprobe/models/jinja/lexer"
)

// expression reads one value; with conditions, also `a if b else c`.
func (p *parser) expression(conditions bool) expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	p.deeper()
	e := p.or()
	for conditions && p.skip(lexer.Name, "if") {
		p.deeper()
		c := &condition{test: p.or(), yes: e}
		if p.skip(lexer.Name, "else") {
			c.no = p.expression(true)
		}
		e = c
	}
	return e
}

// tuple reads values with commas between, as one tuple, or a single one.
func (p *parser) tuple(conditions bool) expr {
	first := p.expression(conditions)
	if !p.is(lexer.Op, ",") {
		return first
	}
	out := &listing{items: []expr{first}, tuple: true}
	for p.skip(lexer.Op, ",") {
		t := p.current()
		if t.Kind == lexer.PrintEnd || t.Kind == lexer.BlockEnd || p.is(lexer.Op, ")") {
			break
		}
		out.items = append(out.items, p.expression(conditions))
	}
	return out
}

func (p *parser) or() expr {
	left := p.and()
	for p.skip(lexer.Name, "or") {
		left = &logic{true, left, p.and()}
	}
	return left
}

func (p *parser) and() expr {
	left := p.not()
	for p.skip(lexer.Name, "and") {
		left = &logic{false, left, p.not()}
	}
	return left
}

func (p *parser) not() expr {
	if p.skip(lexer.Name, "not") {
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
		case op.Kind == lexer.Op && strings.Contains(" == != < <= > >= ", " "+op.Text+" "):
			p.at++
			c.ops = append(c.ops, op.Text)
		case p.skip(lexer.Name, "in"):
			c.ops = append(c.ops, "in")
		case op.Kind == lexer.Name && op.Text == "not" && p.tokens[p.at+1].Kind == lexer.Name && p.tokens[p.at+1].Text == "in":
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
		if op.Kind != lexer.Op || !strings.Contains(ops, " "+op.Text+" ") {
			return left
		}
		p.at++
		left = &binary{op.Text, left, operand()}
	}
}

func (p *parser) sum() expr { return p.level(p.joined, " + - ") }

func (p *parser) joined() expr { return p.level(p.product, " ~ ") }

func (p *parser) product() expr { return p.level(p.power, " * / // % ") }

func (p *parser) power() expr { return p.level(func() expr { return p.unary(true) }, " ** ") }

func (p *parser) unary(filters bool) expr {
	p.deeper()
	defer func() { p.depth-- }()
	var e expr
	switch {
	case p.skip(lexer.Op, "-"):
		e = &unary{"-", p.unary(false)}
	case p.skip(lexer.Op, "+"):
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
