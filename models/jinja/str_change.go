package jinja

import (
	"strings"
	"unicode/utf8"

	"intentprobe/models/jinja/python"
)

// replace is Python's str.replace; most < 0 is no limit.
func (s str) replace(st *state, old, new str, most int) str {
	st.step(len(s.s))
	var b builder
	at, done := 0, 0
	add := func(part str) {
		st.take(len(part.s))
		b.add(part)
	}
	for most < 0 || done < most {
		i := strings.Index(s.s[at:], old.s)
		if old.s == "" { // before every character, and at the end
			if done > 0 {
				if at == len(s.s) {
					break
				}
				_, i = utf8.DecodeRuneInString(s.s[at:])
			}
		}
		if i < 0 {
			break
		}
		add(s.sub(at, at+i))
		add(new)
		at += i + len(old.s)
		done++
	}
	if done == 0 {
		return s
	}
	if at < len(s.s) {
		add(s.sub(at, len(s.s)))
	}
	out := b.str()
	out.safe = s.safe
	return out
}

func repeat(st *state, s str, n int) str {
	n = st.times(len(s.s)+24*len(s.runs), n)
	if len(s.runs) == 0 {
		if s.s == "" {
			return s
		}
		return str{s: strings.Repeat(s.s, n), safe: s.safe}
	}
	if s.s == "" {
		n = min(n, 1)
	}
	var b builder
	for range n {
		b.add(s)
	}
	return b.str()
}

func joined(st *state, values []any, sep str) str {
	var b builder
	for i, v := range values {
		part := st.printed(v)
		st.take(len(part.s) + len(sep.s))
		if i > 0 {
			b.add(sep)
		}
		b.add(part)
	}
	return b.str()
}

// padded fills a text up to a width: name is center, ljust or rjust.
func padded(st *state, s str, width int, fill str, name string) str {
	if fill.length() != 1 {
		fail("the fill character must be exactly one character long")
	}
	n := width - s.length()
	if n <= 0 {
		return s
	}
	left := map[string]int{"center": n/2 + n&width&1, "rjust": n}[name]
	return concat(repeat(st, fill, left), s, repeat(st, fill, n-left))
}

func expandTabs(st *state, s str, size int) str {
	var b builder
	column := 0
	for i, r := range s.s {
		switch r {
		case '\t':
			n := 0
			if size > 0 {
				n = size - column%size
			}
			st.take(n)
			b.add(text(strings.Repeat(" ", n)))
			column += n
			continue
		case '\n', '\r':
			column = -1
		}
		column++
		b.add(s.sub(i, i+len(string(r))))
	}
	return b.str()
}

// isUpper says whether there are letters and all are large, as Python's str.isupper.
func isUpper(st *state, v any) bool {
	s := st.printed(v).s
	st.take(2 * len(s))
	return s == strings.ToUpper(s) && s != strings.ToLower(s)
}

// isLower says whether there are letters and all are small, as Python's str.islower.
func isLower(st *state, v any) bool {
	s := st.printed(v).s
	st.take(2 * len(s))
	return s == strings.ToLower(s) && s != strings.ToUpper(s)
}

func capitalize(s str) str {
	for i, r := range s.s {
		if i > 0 {
			return s.same(python.Upper(s.s[:i]) + strings.ToLower(s.s[i:]))
		}
		_ = r
	}
	return s.same(python.Upper(s.s))
}

// escape is Markup's: a text that is not safe has its marks of HTML replaced.
func escape(s str) str {
	if s.safe {
		return s
	}
	out := strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;").Replace(s.s)
	if out == s.s {
		return str{s.s, s.runs, true}
	}
	return str{s: out, safe: true}
}

// chop gives the characters from start to end, None or absent for an end of s.
func (s str) chop(name string, start, end any) str {
	start, end = or(start, nil), or(end, nil)
	if start == nil && end == nil {
		return s
	}
	number := func(v any) *int64 {
		if v == nil {
			return nil
		}
		n := int64(wantInt(name, v))
		return &n
	}
	at := s.offsets()
	a, b := bounds(number(start), number(end), len(at)-1)
	return s.sub(at[a], at[b])
}
