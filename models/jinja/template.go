// Package jinja renders chat templates as Hugging Face's transformers renders
// them: Jinja with trim_blocks, lstrip_blocks, loop controls and `generation`
// blocks, in a sandbox that changes no value, printing what Python would print.
//
// [Parse] reads a template, [Template.Render] runs it with variables. These are values that
// [FromJSON], [Text], [List], [Object] and [Marked] make. Package chat does both for
// conversations, and is the one to use for these.
//
// A template comes from a stranger. Every rendering has limits ([Limits]) on its
// work, on the memory it asks for and on its depth, and ends with an [*Error] at
// the first that it reaches. Nothing outside the values given can be read.
//
// A text remembers where it came from: [Rendered.Runs] lists the parts of the rendered text
// that were taken from a text made with Marked.
package jinja

import (
	"errors"
	"time"

	"intentprobe/models/jinja/lexer"
)

// Template is a parsed template. It may be rendered by several goroutines at once.
type Template struct{ body []stmt }

// Parse reads a template. The error is an *Error.
func Parse(source string) (t *Template, err error) {
	tokens, err := lexer.Lex(source)
	if wrong := (*lexer.Error)(nil); errors.As(err, &wrong) {
		return nil, &Error{Message: wrong.Message, Line: wrong.Line}
	}
	line := 1
	defer catch(&err, &line)
	p := &parser{tokens: tokens, line: &line}
	body := p.statements()
	if p.current().Kind != lexer.EOF {
		fail("unexpected %s", p.current())
	}
	return &Template{body}, nil
}

// Rendered is a text and which parts of it were taken from marked texts, in
// order and without overlap.
type Rendered struct {
	Text string
	Runs []Run
}

// Render runs the template with these variables, values as FromJSON and Text make them.
// now is what strftime_now gives; its time zone is taken as it is. The error is an *Error.
func (t *Template) Render(vars map[string]any, now time.Time, limits Limits) (*Rendered, error) {
	return t.render(&state{vars: vars, now: now, limits: limits})
}

func (t *Template) render(st *state) (out *Rendered, err error) {
	defer catch(&err, &st.line)
	var b builder
	st.run(t.body, &scope{}, &b)
	text := b.str()
	return &Rendered{text.s, text.runs}, nil
}
