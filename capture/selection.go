package capture

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// Selection says which tokens of a sample are written: a parsed `capture.tokens`
// (docs/experiments.md).
type Selection struct {
	text string
	root selNode
}

// selNode is a node of the parsed expression.
type selNode interface {
	// stream begins to decide on the tokens of one sample.
	stream() decider
	// prompt says whether the node alone decides that no token of a response is selected.
	promptOnly() bool
	// lags says whether a decision may have to wait for later tokens.
	lags() bool
	// most bounds how many of n tokens are selected.
	most(n int) int
	// each calls fn on the atoms below.
	each(fn func(*selAtom))
}

// selAtom selects by what is known of the token itself.
type selAtom struct {
	name   string // as written
	match  func(*token) bool
	prompt bool // selects nothing of a response
	span   string
}

type selUnion struct{ a, b selNode }
type selBoth struct{ a, b selNode }
type selNot struct{ a selNode }

// selSlice is a Python slice of what a selects; absent bounds are nil.
type selSlice struct {
	a        selNode
	from, to *int
}

// atoms are the plain words. `last` and the like are slices of these.
var atoms = map[string]selAtom{
	"all":             {match: func(*token) bool { return true }},
	"prompt":          {match: func(t *token) bool { return !t.response }, prompt: true},
	"response":        {match: func(t *token) bool { return t.response && !t.stop }},
	"stop":            {match: func(t *token) bool { return t.stop }},
	"system":          {match: func(t *token) bool { return t.role == roleCode("system") }, prompt: true},
	"user":            {match: func(t *token) bool { return t.role == roleCode("user") }, prompt: true},
	"assistant":       {match: func(t *token) bool { return t.role == roleCode("assistant") }},
	"tool":            {match: func(t *token) bool { return t.role == roleCode("tool") }, prompt: true},
	"developer":       {match: func(t *token) bool { return t.role == roleCode("developer") }, prompt: true},
	"template":        {match: func(t *token) bool { return t.role == roleTemplate }, prompt: true},
	"prefill":         {match: func(t *token) bool { return t.prefill }, prompt: true},
	"reasoning":       {match: func(t *token) bool { return t.reasoning }},
	"answer":          {match: func(t *token) bool { return t.response && !t.reasoning && !t.ends && !t.stop }},
	"content":         {match: func(t *token) bool { return t.role != roleTemplate && !t.ends && !t.stop }},
	"end_of_turn":     {match: func(t *token) bool { return t.response && t.ends }},
	"first_generated": {match: func(t *token) bool { return t.response && t.first && !t.stop }},
}

// SelectionWords are all names that an expression may hold, for hints.
func SelectionWords() []string {
	out := []string{"last", "last_content", "span:NAME", "every:N"}
	for name := range atoms {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// ParseSelection reads an expression. The error is a *hint.UsageError that shows where
// it stops to be one.
func ParseSelection(text string) (*Selection, error) {
	p := &selParser{text: text, rest: text}
	root, err := p.union()
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	if err != nil {
		at := len(text) - len(p.rest)
		return nil, hint.Usage(fmt.Errorf("capture.tokens %q, at character %d: %w", text, at+1, err),
			"for example response, last, response[:-5], span:claim | last; docs/experiments.md lists the words: "+strings.Join(SelectionWords(), ", "))
	}
	return &Selection{text, root}, nil
}

// Spans lists the names of the spans that the expression asks for.
func (s *Selection) Spans() (out []string) {
	s.root.each(func(a *selAtom) {
		if a.span != "" && !slices.Contains(out, a.span) {
			out = append(out, a.span)
		}
	})
	return out
}

// mostSelection bounds how deep an expression nests and how long it is.
const mostSelection = 10_000

type selParser struct {
	text, rest string
	depth      int
}

// peek gives the next character that is no space, empty at the end.
func (p *selParser) peek() string {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return ""
	}
	return p.rest[:1]
}

func (p *selParser) take(c string) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *selParser) union() (selNode, error) {
	if p.depth++; p.depth > 100 || len(p.text) > mostSelection {
		return nil, fmt.Errorf("nests too deep, or is too long")
	}
	defer func() { p.depth-- }()
	a, err := p.both()
	for err == nil && (p.take("|") || p.take(",")) {
		var b selNode
		if b, err = p.both(); err == nil {
			a = selUnion{a, b}
		}
	}
	return a, err
}

func (p *selParser) both() (selNode, error) {
	a, err := p.unary()
	for err == nil && p.take("&") {
		var b selNode
		if b, err = p.unary(); err == nil {
			a = selBoth{a, b}
		}
	}
	return a, err
}

func (p *selParser) unary() (selNode, error) {
	not := false
	for p.take("!") {
		not = !not
	}
	a, err := p.primary()
	for err == nil && p.take("[") {
		a, err = p.slice(a)
	}
	if err == nil && not {
		a = selNot{a}
	}
	return a, err
}

func (p *selParser) primary() (selNode, error) {
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
	node, err := selWord(word)
	if err == nil {
		p.rest = p.rest[end:]
	}
	return node, err
}

func selWord(word string) (selNode, error) {
	kind, argument, _ := strings.Cut(word, ":")
	last := -1
	switch {
	case word == "":
		return nil, fmt.Errorf("a name is missing")
	case word == "last":
		return selSlice{a: atom("all"), from: &last}, nil
	case word == "last_content":
		return selSlice{a: selBoth{atom("response"), atom("content")}, from: &last}, nil
	case kind == "span" && argument != "":
		return &selAtom{name: word, span: argument, match: func(t *token) bool { return slices.Contains(t.spans, argument) }}, nil
	case kind == "every":
		n, err := strconv.Atoi(argument)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: after every: comes a number from 1", word)
		}
		return &selAtom{name: word, match: func(t *token) bool { return t.position%n == 0 }}, nil
	}
	if _, ok := atoms[word]; ok {
		return atom(word), nil
	}
	return nil, fmt.Errorf("%q is not known; nearest: %s", word, strings.Join(hooks.Nearest(word, SelectionWords()), ", "))
}

func atom(name string) *selAtom {
	a := atoms[name]
	a.name = name
	return &a
}

// slice reads `from:to]` or `at]`.
func (p *selParser) slice(a selNode) (selNode, error) {
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
	s := selSlice{a: a}
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
	case *s.from != -1: // one token; behind the last one there is nothing to stop at
		next := *s.from + 1
		s.to = &next
	}
	p.rest = rest
	return s, nil
}

func (a *selAtom) promptOnly() bool { return a.prompt }
func (n selUnion) promptOnly() bool { return n.a.promptOnly() && n.b.promptOnly() }
func (n selBoth) promptOnly() bool  { return n.a.promptOnly() || n.b.promptOnly() }
func (n selNot) promptOnly() bool   { return false }
func (n selSlice) promptOnly() bool { return n.a.promptOnly() }

func (a *selAtom) lags() bool { return false }
func (n selUnion) lags() bool { return n.a.lags() || n.b.lags() }
func (n selBoth) lags() bool  { return n.a.lags() || n.b.lags() }
func (n selNot) lags() bool   { return n.a.lags() }
func (n selSlice) lags() bool {
	return n.a.lags() || n.from != nil && *n.from < 0 || n.to != nil && *n.to < 0
}

func (a *selAtom) each(fn func(*selAtom)) { fn(a) }
func (n selUnion) each(fn func(*selAtom)) { n.a.each(fn); n.b.each(fn) }
func (n selBoth) each(fn func(*selAtom))  { n.a.each(fn); n.b.each(fn) }
func (n selNot) each(fn func(*selAtom))   { n.a.each(fn) }
func (n selSlice) each(fn func(*selAtom)) { n.a.each(fn) }

func (a *selAtom) most(n int) int {
	if a.name == "first_generated" || a.name == "end_of_turn" {
		return min(n, 1)
	}
	return n
}
func (s selUnion) most(n int) int { return min(n, s.a.most(n)+s.b.most(n)) }
func (s selBoth) most(n int) int  { return min(s.a.most(n), s.b.most(n)) }
func (s selNot) most(n int) int   { return n }
func (s selSlice) most(n int) int {
	n = s.a.most(n)
	switch from, to := s.from, s.to; {
	case from != nil && *from < 0 && (to == nil || *to >= 0):
		n = min(n, -*from)
	case from != nil && to != nil && (*from < 0) == (*to < 0):
		n = min(n, max(0, *to-*from))
	case from == nil && to != nil && *to >= 0:
		n = min(n, *to)
	}
	return n
}
