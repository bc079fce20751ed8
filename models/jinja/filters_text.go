package jinja

import (
	"maps"
	"strings"
	"unicode"

	"intentprobe/models/jinja/python"
)

// Filters of texts.
func init() {
	maps.Copy(filters, map[string]func(*state, any, *arguments) any{
		"trim": func(st *state, v any, a *arguments) any {
			return onText("strip")(st, v, a)
		},
		"lower":      onText("lower"),
		"upper":      onText("upper"),
		"capitalize": onText("capitalize"),
		"title": func(st *state, v any, a *arguments) any {
			a.take("title")
			s := st.printed(v)
			st.take(len(s.s))
			return s.same(python.TitleWords(s.s))
		},
		"replace": func(st *state, v any, a *arguments) any {
			p := a.take("replace", "old", "new", "count")
			most := -1
			if n := or(p[2], nil); n != nil {
				most = wantInt("replace", n)
			}
			return st.printed(v).replace(st, st.printed(need("replace", "old", p[0])), st.printed(need("replace", "new", p[1])), most)
		},
		"indent": indent,
		"wordcount": func(st *state, v any, a *arguments) any {
			a.take("wordcount")
			s := st.printed(v).s
			st.take(16 * len(s)) // of the words that are made
			return int64(len(strings.FieldsFunc(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })))
		},
		"truncate": func(st *state, v any, a *arguments) any {
			p := a.take("truncate", "length", "killwords", "end", "leeway")
			s, most, end := st.printed(v), wantInt("truncate", or(p[0], int64(255))), st.printed(or(p[2], text("...")))
			leeway := 5
			if n := or(p[3], nil); n != nil {
				leeway = wantInt("truncate", n)
			}
			st.take(len(s.s))
			if s.length() <= most+leeway {
				return s
			}
			keep := int64(most - end.length())
			if keep < 0 {
				fail("expected length >= %d, got %d", end.length(), most)
			}
			cut := s.sub(0, s.offsets()[keep])
			if i := strings.LastIndexByte(cut.s, ' '); i >= 0 && !truth(or(p[1], false)) {
				cut = cut.sub(0, i)
			}
			return concat(cut, end)
		},
		"center": func(st *state, v any, a *arguments) any {
			return padded(st, st.printed(v), wantInt("center", or(a.take("center", "width")[0], int64(80))), text(" "), "center")
		},
		"format": func(st *state, v any, a *arguments) any {
			if len(a.names) > 0 {
				d := &dict{}
				for i, n := range a.names {
					d.set(text(n), a.named[i])
				}
				return formatPercent(st, st.printed(v), d)
			}
			return formatPercent(st, st.printed(v), &list{a.pos, true})
		},
	})
}

// onText is a filter that is a method of the value's text.
func onText(method string) func(*state, any, *arguments) any {
	return func(st *state, v any, a *arguments) any {
		s := st.printed(v)
		st.take(len(s.s))
		return strMethods[method](st, s, a)
	}
}

func indent(st *state, v any, a *arguments) any {
	p := a.take("indent", "width", "first", "blank")
	s := st.printed(v)
	by, ok := or(p[0], int64(4)).(str)
	if !ok {
		by = text(strings.Repeat(" ", st.times(1, wantInt("indent", or(p[0], int64(4))))))
	}
	first, blank := truth(or(p[1], false)), truth(or(p[2], false))
	var b builder
	if first {
		b.add(by)
	}
	st.take(48 * len(s.s))
	for i, line := range concat(s, text("\n")).lines(false) {
		line := line.(str)
		st.take(len(by.s) + len(line.s) + 1)
		if i > 0 {
			b.add(text("\n"))
			if blank || line.s != "" {
				b.add(by)
			}
		}
		b.add(line)
	}
	return b.str()
}
