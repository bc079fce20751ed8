package jinja

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	tokEOF      tokenKind = iota
	tokData               // text outside of tags
	tokBlock              // {%
	tokBlockEnd           // %}
	tokPrint              // {{
	tokPrintEnd           // }}
	tokName
	tokString
	tokInt
	tokFloat
	tokOp
)

type token struct {
	kind tokenKind
	text string
	line int
}

func (t token) String() string {
	switch t.kind {
	case tokEOF:
		return "end of the template"
	case tokData:
		return "text"
	case tokString:
		return "text " + quote(t.text)
	}
	return quote(t.text)
}

// lexer cuts a template into tokens as Jinja does with trim_blocks and
// lstrip_blocks.
type lexer struct {
	src    string
	at     int
	line   *int
	bol    bool // what was read before ends a line
	tokens []token
}

func lex(source string, line *int) []token {
	if !utf8.ValidString(source) {
		fail("the template is not UTF-8")
	}
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	l := &lexer{src: strings.TrimSuffix(source, "\n"), line: line, bol: true}
	for l.at < len(l.src) {
		l.outside()
	}
	l.emit(tokEOF, "")
	return l.tokens
}

func (l *lexer) emit(kind tokenKind, text string) {
	l.tokens = append(l.tokens, token{kind, text, *l.line})
}

// pass moves on by n bytes.
func (l *lexer) pass(n int) {
	read := l.src[l.at : l.at+n]
	*l.line += strings.Count(read, "\n")
	l.at += n
	if n > 0 {
		l.bol = read[n-1] == '\n'
	}
}

func (l *lexer) has(prefix string) bool { return strings.HasPrefix(l.src[l.at:], prefix) }

// passSpace moves over white space.
func (l *lexer) passSpace() {
	rest := l.src[l.at:]
	l.pass(len(rest) - len(strings.TrimLeftFunc(rest, isSpace)))
}

// outside reads text up to the next tag, and the tag.
func (l *lexer) outside() {
	rest := l.src[l.at:]
	open := -1
	for from := 0; ; {
		i := strings.IndexByte(rest[from:], '{')
		if i < 0 || from+i+1 >= len(rest) {
			break
		}
		if strings.IndexByte("%{#", rest[from+i+1]) >= 0 {
			open = from + i
			break
		}
		from += i + 1
	}
	if open < 0 {
		l.emit(tokData, rest)
		l.pass(len(rest))
		return
	}
	sign := byte(0)
	if open+2 < len(rest) && (rest[open+2] == '-' || rest[open+2] == '+') {
		sign = rest[open+2]
	}
	kind := rest[open+1]
	if data := l.strip(rest[:open], sign, kind != '{'); data != "" {
		l.emit(tokData, data)
	}
	l.pass(open + 2)
	if sign != 0 {
		l.pass(1)
	}
	switch kind {
	case '#':
		i := strings.Index(l.src[l.at:], "#}")
		if i < 0 {
			fail("a comment is not closed")
		}
		l.pass(i)
		last := byte(0)
		if i > 0 {
			last = l.src[l.at-1]
		}
		l.pass(2)
		if last != '+' {
			l.close(last == '-')
		}
	case '{':
		l.emit(tokPrint, "{{")
		l.inside("}}", tokPrintEnd)
	default:
		if !l.raw() {
			l.emit(tokBlock, "{%")
			l.inside("%}", tokBlockEnd)
		}
	}
}

// strip takes off the end of data what the tag behind it, with this sign, takes.
func (l *lexer) strip(data string, sign byte, block bool) string {
	switch {
	case sign == '-':
		return strings.TrimRightFunc(data, isSpace)
	case sign == 0 && block:
		start := strings.LastIndexByte(data, '\n') + 1
		if (start > 0 || l.bol) && strings.TrimLeftFunc(data[start:], isSpace) == "" {
			return data[:start]
		}
	}
	return data
}

// close takes the white space behind a block or comment: all of it, or one line
// break.
func (l *lexer) close(minus bool) {
	if minus {
		l.passSpace()
	} else if l.at < len(l.src) && l.src[l.at] == '\n' {
		l.pass(1)
	}
}

// raw reads {% raw %}...{% endraw %} where one is.
func (l *lexer) raw() bool {
	word := func(from int, name string) (int, bool) { // name and %}, from a place inside a tag
		rest := l.src[from:]
		at := len(rest) - len(strings.TrimLeftFunc(rest, isSpace))
		if !strings.HasPrefix(rest[at:], name) {
			return 0, false
		}
		at += len(name)
		at += len(rest[at:]) - len(strings.TrimLeftFunc(rest[at:], isSpace))
		return from + at, true
	}
	end, ok := word(l.at, "raw")
	if !ok || !(strings.HasPrefix(l.src[end:], "%}") || strings.HasPrefix(l.src[end:], "-%}")) {
		return false
	}
	minus := l.src[end] == '-'
	l.pass(end - l.at + 2)
	if minus {
		l.pass(1)
		l.passSpace()
	}
	for from := l.at; ; {
		i := strings.Index(l.src[from:], "{%")
		if i < 0 {
			fail("a raw block is not closed")
		}
		open := from + i
		tag, sign := open+2, byte(0)
		if tag < len(l.src) && (l.src[tag] == '-' || l.src[tag] == '+') {
			sign = l.src[tag]
			tag++
		}
		from = open + 2
		end, ok := word(tag, "endraw")
		if !ok {
			continue
		}
		closing := strings.TrimLeft(l.src[end:min(len(l.src), end+1)], "+-")
		n := 1 - len(closing)
		if end >= len(l.src) || !strings.HasPrefix(l.src[end+n:], "%}") {
			continue
		}
		if data := l.strip(l.src[l.at:open], sign, true); data != "" {
			l.emit(tokData, data)
		}
		minus, plus := l.src[end] == '-', l.src[end] == '+'
		l.pass(end + n + 2 - l.at)
		if !plus {
			l.close(minus)
		}
		return true
	}
}

var operators = []string{"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"}

var pairOf = map[byte]byte{')': '(', ']': '[', '}': '{'}

// inside reads the tokens of a tag up to its end.
func (l *lexer) inside(end string, kind tokenKind) {
	var open []byte
	for {
		l.passSpace()
		if l.at >= len(l.src) {
			fail("a tag is not closed: %s is missing", quote(end))
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
		l.emit(tokName, rest[:n])
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
				fail("unexpected %s", quote(op))
			}
			*open = (*open)[:len(*open)-1]
		}
		l.emit(tokOp, op)
		l.pass(len(op))
		return
	}
	r, _ := utf8.DecodeRuneInString(rest)
	fail("unexpected character %s", quote(string(r)))
}

func (l *lexer) number(rest string) {
	digits := func(from int) int {
		for from < len(rest) && (rest[from] >= '0' && rest[from] <= '9' || rest[from] == '_' && from+1 < len(rest) && rest[from+1] >= '0' && rest[from+1] <= '9') {
			from++
		}
		return from
	}
	kind, n := tokInt, 0
	if len(rest) > 2 && rest[0] == '0' && strings.IndexByte("bBoOxX", rest[1]) >= 0 {
		n = len(rest) - len(strings.TrimLeft(rest[2:], "0123456789abcdefABCDEF_"))
	} else {
		n = digits(0)
		afterDot := l.at > 0 && l.src[l.at-1] == '.'
		if !afterDot && n+1 < len(rest) && rest[n] == '.' && digits(n+1) > n+1 {
			kind, n = tokFloat, digits(n+1)
		}
		if !afterDot && n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
			from := n + 1
			if from < len(rest) && (rest[from] == '+' || rest[from] == '-') {
				from++
			}
			if digits(from) > from {
				kind, n = tokFloat, digits(from)
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
	l.emit(tokString, unescape(rest[1:n]))
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
				fail("the escape %s is not a character", quote(s[i-1:min(len(s), i+1+digits)]))
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
