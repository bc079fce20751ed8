package lexer

import (
	"strings"

	"intentprobe/models/jinja/python"
)

// lexer cuts a template into tokens as Jinja does with trim_blocks and
// lstrip_blocks.
type lexer struct {
	src    string
	at     int
	line   int
	bol    bool // what was read before ends a line
	tokens []Token
}

func (l *lexer) emit(kind Kind, text string) {
	l.tokens = append(l.tokens, Token{kind, text, l.line})
}

// pass moves on by n bytes.
func (l *lexer) pass(n int) {
	read := l.src[l.at : l.at+n]
	l.line += strings.Count(read, "\n")
	l.at += n
	if n > 0 {
		l.bol = read[n-1] == '\n'
	}
}

func (l *lexer) has(prefix string) bool { return strings.HasPrefix(l.src[l.at:], prefix) }

// passSpace moves over white space.
func (l *lexer) passSpace() {
	rest := l.src[l.at:]
	l.pass(len(rest) - len(strings.TrimLeftFunc(rest, python.IsSpace)))
}

// close takes the white space after a block or comment: all of it, or one line break.
func (l *lexer) close(minus bool) {
	if minus {
		l.passSpace()
	} else if l.at < len(l.src) && l.src[l.at] == '\n' {
		l.pass(1)
	}
}

// catch turns a fail into an error. Whatever else panics goes on.
func (l *lexer) catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case failure:
		*err = &Error{string(r), l.line}
	default:
		panic(r)
	}
}
