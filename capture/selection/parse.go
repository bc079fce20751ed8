package selection

import (
	"fmt"
	"strconv"
	"strings"
)

// mostBytes and mostDepth bound how long an expression is and how deep it nests.
const (
	mostBytes = 10_000
	mostDepth = 100
)

// parser reads an expression from the left: unions of intersections of what may be
// negated and sliced.
type parser struct {
	text, rest string
	depth      int
}

// peek gives the next character that is no space, empty at the end.
func (p *parser) peek() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return ""
	}
	return p.rest[:1]
}

func (p *parser) take(c string) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) union() (node, error) {
	if p.depth++; p.depth > mostDepth || len(p.text) > mostBytes {
		return nil, fmt.Errorf("nests too deep, or is too long")
	}
	defer func() { p.depth-- }()
	a, err := p.both()
	for err == nil && (p.take("|") || p.take(",")) {
		var b node
		if b, err = p.both(); err == nil {
			a = union{a, b}
		}
	}
	return a, err
}

func (p *parser) both() (node, error) {
	a, err := p.unary()
	for err == nil && p.take("&") {
		var b node
		if b, err = p.unary(); err == nil {
			a = both{a, b}
		}
	}
	return a, err
}

func (p *parser) unary() (node, error) {
	negated := false
	for p.take("!") {
		negated = !negated
	}
	a, err := p.primary()
	for err == nil && p.take("[") {
		a, err = p.slice(a)
	}
	if err == nil && negated {
		a = not{a}
	}
	return a, err
}

func (p *parser) primary() (node, error) {
	if p.take("(") {
		a, err := p.union()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a ) is missing")
		}
		return a, err
	}
	p.peek()
	end := strings.IndexAny(p.rest, " \t\r\n|&,!()[]")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	node, err := readWord(word)
	if err == nil {
		p.rest = p.rest[end:]
	}
	return node, err
}

// slice reads `from:to]` or `at]`.
func (p *parser) slice(a node) (node, error) {
	inside, rest, ok := strings.Cut(p.rest, "]")
	if !ok {
		return nil, fmt.Errorf("a ] is missing")
	}
	number := func(text string) (*int, error) {
		text = strings.TrimSpace(text)
		if text == "" {
			return nil, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < -1<<30 || n > 1<<30 {
			return nil, fmt.Errorf("%q is no whole number", text)
		}
		return &n, nil
	}
	from, to, ranged := strings.Cut(inside, ":")
	s := slice{a: a}
	var err error
	if s.from, err = number(from); err != nil {
		return nil, err
	}
	switch {
	case ranged:
		if s.to, err = number(to); err != nil {
			return nil, err
		}
	case s.from == nil:
		return nil, fmt.Errorf("[] holds nothing")
	case *s.from != -1: // one token; after the last one there is nothing to stop at
		next := *s.from + 1
		s.to = &next
	}
	p.rest = rest
	return s, nil
}
