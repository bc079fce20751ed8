package lexer

import (
	"strings"
	"unicode/utf8"

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

// Lex cuts a template into tokens, the last of which is EOF. The error is an *Error.
func Lex(source string) (tokens []Token, err error) {
	l := &lexer{line: 1, bol: true}
	defer l.catch(&err)
	if !utf8.ValidString(source) {
		fail("the template is not UTF-8")
	}
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	l.src = strings.TrimSuffix(source, "\n")
	for l.at < len(l.src) {
		l.outside()
	}
	l.emit(EOF, "")
	return l.tokens, nil
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
