package lexer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"intentprobe/models/jinja/python"
)

var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

var pairOf = map[byte]byte{')': '(', ']': '[', '}': '{'}

// inside reads the tokens of a tag up to its end.
func (l *lexer) inside(end string, kind Kind) {
	var open []byte
	for {
		l.passSpace()
		if l.at >= len(l.src) {
			fail("a tag is not closed: %s is missing", python.Quote(end))
		}
		if len(open) == 0 {
			sign := ""
			if l.has("-"+end) || (end == "%}" && l.has("+"+end)) {
				sign = l.src[l.at : l.at+1]
			}
			if sign != "" || l.has(end) {
				l.emit(kind, end)
				l.pass(len(sign) + len(end))
				switch {
				case sign == "-":
					l.passSpace()
				case sign == "" && end == "%}":
					l.close(false)
				}
				return
			}
		}
		l.token(&open)
	}
}

func (l *lexer) token(open *[]byte) {
	rest := l.src[l.at:]
	switch r, _ := utf8.DecodeRuneInString(rest); {
	case r >= '0' && r <= '9':
		l.number(rest)
		return
	case r == '_' || unicode.IsLetter(r):
		n := len(rest) - len(strings.TrimLeftFunc(rest, func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }))
		l.emit(Name, rest[:n])
		l.pass(n)
		return
	case r == '\'' || r == '"':
		l.literal(rest, byte(r))
		return
	}
	for _, op := range operators {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		switch c := op[0]; c {
		case '(', '[', '{':
			*open = append(*open, c)
		case ')', ']', '}':
			if n := len(*open); n == 0 || (*open)[n-1] != pairOf[c] {
				fail("unexpected %s", python.Quote(op))
			}
			*open = (*open)[:len(*open)-1]
		}
		l.emit(Op, op)
		l.pass(len(op))
		return
	}
	r, _ := utf8.DecodeRuneInString(rest)
	fail("unexpected character %s", python.Quote(string(r)))
}
