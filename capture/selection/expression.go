package selection

// node is a node of a parsed expression.
type node interface {
	// start begins to decide on the tokens of one sample.
	start() Decider
	// promptOnly says whether the node alone decides that no token of a response is selected.
	promptOnly() bool
	// lags says whether a decision may have to wait for later tokens.
	lags() bool
	// lagsLater says whether that holds of tokens of the response, or of tokens of the prompt
	// once the response has begun.
	lagsLater() bool
	// atMost bounds how many of n tokens are selected.
	atMost(n int) int
	// each calls fn on the atoms below.
	each(fn func(*atom))
	// answers decides on tokens of which each may be one of several.
	answers(tokens [][]Token) []Answer
	// local says whether the decision on a token does not depend on others.
	local() bool
}

// atom selects by what is known of the token itself.
type atom struct {
	match  func(*Token) bool
	prompt bool   // selects nothing of a response
	single bool   // selects one token at most
	late   bool   // what it asks is known of a token of the response only when later ones are
	span   string // the span that it asks for

	role      string // whose tokens it asks for, or leaves out
	reasoning bool   // it asks for reasoning
}

func (a *atom) start() Decider      { return &atomDecider{match: a.match} }
func (a *atom) promptOnly() bool    { return a.prompt }
func (a *atom) lags() bool          { return false }
func (a *atom) lagsLater() bool     { return a.late }
func (a *atom) each(fn func(*atom)) { fn(a) }
func (a *atom) atMost(n int) int {
	if a.single {
		return min(n, 1)
	}
	return n
}

// union selects what a or b selects.
type union struct{ a, b node }

func (n union) start() Decider {
	return &pairDecider{a: n.a.start(), b: n.b.start(), join: func(a, b bool) bool { return a || b }}
}
func (n union) promptOnly() bool    { return n.a.promptOnly() && n.b.promptOnly() }
func (n union) lags() bool          { return n.a.lags() || n.b.lags() }
func (n union) lagsLater() bool     { return n.a.lagsLater() || n.b.lagsLater() }
func (n union) each(fn func(*atom)) { n.a.each(fn); n.b.each(fn) }
func (n union) atMost(of int) int   { return min(of, n.a.atMost(of)+n.b.atMost(of)) }

// both selects what a and b select.
type both struct{ a, b node }

func (n both) start() Decider {
	return &pairDecider{a: n.a.start(), b: n.b.start(), join: func(a, b bool) bool { return a && b }}
}
func (n both) promptOnly() bool    { return n.a.promptOnly() || n.b.promptOnly() }
func (n both) lags() bool          { return n.a.lags() || n.b.lags() }
func (n both) lagsLater() bool     { return n.a.lagsLater() || n.b.lagsLater() }
func (n both) each(fn func(*atom)) { n.a.each(fn); n.b.each(fn) }
func (n both) atMost(of int) int   { return min(n.a.atMost(of), n.b.atMost(of)) }

// not selects what a does not select.
type not struct{ a node }

func (n not) start() Decider      { return notDecider{n.a.start()} }
func (n not) promptOnly() bool    { return false }
func (n not) lags() bool          { return n.a.lags() }
func (n not) lagsLater() bool     { return n.a.lagsLater() }
func (n not) each(fn func(*atom)) { n.a.each(fn) }
func (n not) atMost(of int) int   { return of }

// slice is a Python slice of what a selects; absent bounds are nil.
type slice struct {
	a        node
	from, to *int
}

func (n slice) start() Decider {
	return &sliceDecider{Decider: n.a.start(), from: n.from, to: n.to, prompt: n.promptOnly()}
}
func (n slice) promptOnly() bool    { return n.a.promptOnly() }
func (n slice) each(fn func(*atom)) { n.a.each(fn) }
func (n slice) lags() bool {
	return n.a.lags() || n.from != nil && *n.from < 0 || n.to != nil && *n.to < 0
}
func (n slice) lagsLater() bool {
	return n.a.lagsLater() || n.lags() && !n.promptOnly()
}
func (n slice) atMost(of int) int {
	of = n.a.atMost(of)
	switch from, to := n.from, n.to; {
	case from != nil && *from < 0 && (to == nil || *to >= 0):
		of = min(of, -*from)
	case from != nil && to != nil && (*from < 0) == (*to < 0):
		of = min(of, max(0, *to-*from))
	case from == nil && to != nil && *to >= 0:
		of = min(of, *to)
	}
	return of
}
