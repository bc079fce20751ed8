// Package selection reads the language in which a spec says which tokens of a sample
// are written (`capture.tokens`), and decides on tokens while they are generated.
//
//	response                 every token of the response
//	last                     the last token of the sample
//	response[:-5]            a Python slice of them
//	span:claim | last        a union; & is both, ! is not, () groups
//
// docs/experiments.md lists the words. [Parse] reads an expression once; [Selection.Start]
// gives a [Decider] for each sample, which is told one token after another and answers
// as soon as an answer can no longer change: a slice that counts from the end has to
// wait for later tokens.
package selection

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// Selection says which tokens of a sample are written: a parsed expression.
type Selection struct {
	text string
	root node
}

// Parse reads an expression, that of capture.tokens. The error is a *hint.UsageError that
// shows where it stops to be one.
func Parse(text string) (*Selection, error) { return ParseKey("capture.tokens", text) }

// ParseKey is Parse for the expression of another key, which the error names.
func ParseKey(key, text string) (*Selection, error) {
	p := &parser{text: text, rest: text}
	root, err := p.union()
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	if err != nil {
		at := len(text) - len(p.rest)
		return nil, hint.Usage(fmt.Errorf("%s %q, at character %d: %w", key, text, at+1, err),
			"for example response, last, response[:-5], span:claim | last; docs/experiments.md lists the words: ", strings.Join(Words(), ", "))
	}
	return &Selection{text, root}, nil
}

// String gives the expression as it was written.
func (s *Selection) String() string { return s.text }

// Spans lists the names of the spans that the expression asks for.
func (s *Selection) Spans() (out []string) {
	s.root.each(func(a *atom) {
		if a.span != "" && !slices.Contains(out, a.span) {
			out = append(out, a.span)
		}
	})
	return out
}

// Asks is what an expression asks of tokens beside their places.
type Asks struct {
	Roles     []string // that it tells from others
	Spans     []string
	Reasoning bool // which tokens are reasoning
}

// Asks says what the expression asks.
func (s *Selection) Asks() Asks {
	out := Asks{Spans: s.Spans()}
	s.root.each(func(a *atom) {
		if a.role != "" && !slices.Contains(out.Roles, a.role) {
			out.Roles = append(out.Roles, a.role)
		}
		out.Reasoning = out.Reasoning || a.reasoning
	})
	return out
}

// PromptOnly says whether the expression alone shows that it selects no token of a
// response.
func (s *Selection) PromptOnly() bool { return s.root.promptOnly() }

// Lags says whether a decision may have to wait for later tokens.
func (s *Selection) Lags() bool { return s.root.lags() }

// LagsLater says whether a decision on a token of the response may have to wait for later
// tokens, or one on a token of the prompt for tokens of the response. prompt[-1] does not,
// once a Decider is told that the prompt has ended.
func (s *Selection) LagsLater() bool { return s.root.lagsLater() }

// AtMost bounds how many of n tokens are selected.
func (s *Selection) AtMost(n int) int { return s.root.atMost(n) }

// Start begins to decide on the tokens of one sample.
func (s *Selection) Start() Decider { return s.root.start() }
