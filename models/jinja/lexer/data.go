package lexer

import (
	"strings"

	"intentprobe/models/jinja/python"
)

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
		l.emit(Data, rest)
		l.pass(len(rest))
		return
	}
	sign := byte(0)
	if open+2 < len(rest) && (rest[open+2] == '-' || rest[open+2] == '+') {
		sign = rest[open+2]
	}
	kind := rest[open+1]
	if data := l.strip(rest[:open], sign, kind != '{'); data != "" {
		l.emit(Data, data)
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
		l.emit(Print, "{{")
		l.inside("}}", PrintEnd)
	default:
		if !l.raw() {
			l.emit(Block, "{%")
			l.inside("%}", BlockEnd)
		}
	}
}

// strip takes off the end of data what the tag after it, with this sign, takes.
func (l *lexer) strip(data string, sign byte, block bool) string {
	switch {
	case sign == '-':
		return strings.TrimRightFunc(data, python.IsSpace)
	case sign == 0 && block:
		start := strings.LastIndexByte(data, '\n') + 1
		if (start > 0 || l.bol) && strings.TrimLeftFunc(data[start:], python.IsSpace) == "" {
			return data[:start]
		}
	}
	return data
}

// raw reads {% raw %}...{% endraw %} where one is.
func (l *lexer) raw() bool {
	word := func(from int, name string) (int, bool) { // name and %}, from a place inside a tag
		rest := l.src[from:]
		at := len(rest) - len(strings.TrimLeftFunc(rest, python.IsSpace))
		if !strings.HasPrefix(rest[at:], name) {
			return 0, false
		}
		at += len(name)
		at += len(rest[at:]) - len(strings.TrimLeftFunc(rest[at:], python.IsSpace))
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
			l.emit(Data, data)
		}
		minus, plus := l.src[end] == '-', l.src[end] == '+'
		l.pass(end + n + 2 - l.at)
		if !plus {
			l.close(minus)
		}
		return true
	}
}
