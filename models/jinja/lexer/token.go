package lexer

import "intentprobe/models/jinja/python"

// Kind is what a token is.
type Kind int

// The kinds. What stands in a tag is a Name, a String, an Int, a Float or an Op.
const (
	EOF      Kind = iota
	Data          // text outside of tags
	Block         // {%
	BlockEnd      // %}
	Print         // {{
	PrintEnd      // }}
	Name
	String
	Int
	Float
	Op
)

// Token is a piece of a template.
type Token struct {
	Kind Kind
	Text string // of a String: without quotes and escapes
	Line int    // of the template, from 1
}

// String says what a token is, for errors.
func (t Token) String() string {
	switch t.Kind {
	case EOF:
		return "end of the template"
	case Data:
		return "text"
	case String:
		return "text " + python.Quote(t.Text)
	}
	return python.Quote(t.Text)
}
