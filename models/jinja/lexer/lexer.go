package lexer

import (
	"strings"
	"unicode/utf8"
)

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
