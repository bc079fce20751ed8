package jinja

import (
	"fmt"
	"strconv"
	"strings"

	"intentprobe/models/jinja/python"
)

// formatPercent is Python's text % values.
func formatPercent(st *state, s str, v any) any {
	values := []any{v}
	if l, ok := v.(*list); ok && l.tuple {
		values = l.items
	}
	mapping, _ := v.(*dict)
	var b builder
	used := 0
	rest := s
	for {
		i := strings.IndexByte(rest.s, '%')
		if i < 0 {
			break
		}
		b.add(rest.sub(0, i))
		at := i + 1
		var key *string
		if at < len(rest.s) && rest.s[at] == '(' {
			end := strings.IndexByte(rest.s[at:], ')')
			if end < 0 {
				fail("incomplete format key")
			}
			k := rest.s[at+1 : at+end]
			key, at = &k, at+end+1
		}
		spec := at
		for at < len(rest.s) && strings.IndexByte("-+ #0123456789.", rest.s[at]) >= 0 {
			at++
		}
		if at >= len(rest.s) {
			fail("incomplete format")
		}
		flags, kind := rest.s[spec:at], rest.s[at]
		rest = rest.sub(at+1, len(rest.s))
		if kind == '%' {
			b.add(text("%"))
			continue
		}
		var arg any
		switch {
		case key != nil:
			if mapping == nil {
				fail("format requires a mapping")
			}
			value, ok := mapping.get(text(*key))
			if !ok {
				fail("no key %s", python.Quote(*key))
			}
			arg = value
		case used < len(values):
			arg = values[used]
			used++
		default:
			fail("not enough arguments for format string")
		}
		part := percentOne(st, flags, kind, arg)
		st.take(len(part.s))
		b.add(part)
	}
	b.add(rest)
	if used < len(values) && mapping == nil {
		fail("not all arguments converted during string formatting")
	}
	return b.str()
}

func percentOne(st *state, flags string, kind byte, arg any) str {
	width, _ := split2(strings.TrimLeft(flags, "-+ #0"))
	st.times(1, width)
	switch kind {
	case 's', 'r', 'a':
		out := st.printed(arg)
		if kind != 's' {
			out = st.repr(arg)
		}
		if _, dot := split2(strings.TrimLeft(flags, "-+ #0")); dot >= 0 {
			n := int64(dot)
			at := out.offsets()
			_, end := bounds(nil, &n, len(at)-1)
			out = out.sub(0, at[end])
		}
		side := "rjust"
		if strings.Contains(flags, "-") {
			side = "ljust"
		}
		return padded(st, out, width, text(" "), side)
	case 'd', 'i', 'u', 'x', 'X', 'o':
		n := numeric(arg)
		if f, ok := n.(float64); ok {
			n = int64(f)
		}
		if n == nil {
			fail("%%%c format: a real number is required, not %s", kind, typeName(arg))
		}
		if kind == 'i' || kind == 'u' {
			kind = 'd'
		}
		return text(fmt.Sprintf("%"+flags+string(kind), n))
	case 'f', 'F', 'e', 'E', 'g', 'G':
		n := numeric(arg)
		if n == nil {
			fail("must be real number, not %s", typeName(arg))
		}
		if !strings.Contains(flags, ".") {
			flags += ".6"
		}
		return text(fmt.Sprintf("%"+flags+string(kind), toFloat(n)))
	case 'c':
		if n, ok := arg.(int64); ok {
			return text(string(rune(n)))
		}
		return st.printed(arg)
	}
	fail("unsupported format character %s", python.Quote(string(kind)))
	return str{}
}

// split2 reads "width.precision"; precision is -1 where there is none.
func split2(s string) (width, precision int) {
	w, p, dot := strings.Cut(s, ".")
	number := func(s string) int {
		if s == "" {
			return 0
		}
		n, err := strconv.Atoi(s)
		if err != nil || n > 1<<20 {
			fail("the width %s is no number or too large", python.Quote(s))
		}
		return n
	}
	if !dot {
		return number(w), -1
	}
	return number(w), number(p)
}
