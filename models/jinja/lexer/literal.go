package lexer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"intentprobe/models/jinja/python"
)

func (l *lexer) number(rest string) {
	digits := func(from int) int {
		for from < len(rest) && (rest[from] >= '0' && rest[from] <= '9' || rest[from] == '_' && from+1 < len(rest) && rest[from+1] >= '0' && rest[from+1] <= '9') {
			from++
		}
		return from
	}
	kind, n := Int, 0
	if len(rest) > 2 && rest[0] == '0' && strings.IndexByte("bBoOxX", rest[1]) >= 0 {
		n = len(rest) - len(strings.TrimLeft(rest[2:], "0123456789abcdefABCDEF_"))
	} else {
		n = digits(0)
		afterDot := l.at > 0 && l.src[l.at-1] == '.'
		if !afterDot && n+1 < len(rest) && rest[n] == '.' && digits(n+1) > n+1 {
			kind, n = Float, digits(n+1)
		}
		if !afterDot && n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
			from := n + 1
			if from < len(rest) && (rest[from] == '+' || rest[from] == '-') {
				from++
			}
			if digits(from) > from {
				kind, n = Float, digits(from)
			}
		}
	}
	l.emit(kind, strings.ReplaceAll(rest[:n], "_", ""))
	l.pass(n)
}

// literal reads a text in quotes, its escapes as Python has them.
func (l *lexer) literal(rest string, mark byte) {
	n := 1
	for ; n < len(rest) && rest[n] != mark; n++ {
		if rest[n] == '\\' {
			n++
		}
	}
	if n >= len(rest) {
		fail("a text in quotes is not closed")
	}
	l.emit(String, unescape(rest[1:n]))
	l.pass(n + 1)
}

var escapes = map[byte]string{'n': "\n", 't': "\t", 'r': "\r", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '\\': "\\", '\'': "'", '"': `"`, '\n': ""}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		c := s[i]
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		switch plain, ok := escapes[c]; {
		case ok:
			b.WriteString(plain)
		case digits > 0:
			code, err := strconv.ParseUint(s[i+1:min(len(s), i+1+digits)], 16, 32)
			if err != nil || i+digits >= len(s) || code > unicode.MaxRune {
				fail("the escape %s is not a character", python.Quote(s[i-1:min(len(s), i+1+digits)]))
			}
			i += digits
			if code >= 0xd800 && code < 0xdc00 && i+6 < len(s)+0 && strings.HasPrefix(s[i+1:], `\u`) {
				if low, err := strconv.ParseUint(s[i+3:i+7], 16, 32); err == nil && low >= 0xdc00 && low < 0xe000 {
					code, i = 0x10000+(code-0xd800)<<10+(low-0xdc00), i+6
				}
			}
			b.WriteRune(rune(code))
		case c >= '0' && c <= '7':
			n := i
			code := 0
			for ; n < len(s) && n < i+3 && s[n] >= '0' && s[n] <= '7'; n++ {
				code = code*8 + int(s[n]-'0')
			}
			b.WriteRune(rune(code))
			i = n - 1
		default:
			fmt.Fprintf(&b, "\\%c", c)
		}
	}
	return b.String()
}
