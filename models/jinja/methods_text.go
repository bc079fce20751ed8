package jinja

import (
	"strings"
	"unicode"

	"intentprobe/models/jinja/python"
)

func init() {
	chars := func(st *state, name string, a *arguments) *string {
		v := or(a.take(name, "chars")[0], nil)
		if v == nil {
			return nil
		}
		c := wantText(name, v).s
		st.take(16 * len(c))
		return &c
	}
	plain := func(change func(str) str) func(*state, str, *arguments) any {
		return func(_ *state, s str, a *arguments) any {
			a.take("str method")
			return change(s)
		}
	}
	cased := func(is func(*state, any) bool) func(*state, str, *arguments) any {
		return func(st *state, s str, a *arguments) any {
			a.take("test")
			return is(st, s)
		}
	}
	// every says whether there are characters and each is one of a kind.
	every := func(is func(rune) bool) func(*state, str, *arguments) any {
		return func(_ *state, s str, a *arguments) any {
			for _, r := range s.s {
				if !is(r) {
					return false
				}
			}
			return s.s != ""
		}
	}
	split := func(name string, right bool) func(*state, str, *arguments) any {
		return func(st *state, s str, a *arguments) any {
			p := a.take(name, "sep", "maxsplit")
			most := wantInt(name, or(p[1], int64(-1)))
			sep := or(p[0], nil)
			if sep == nil {
				st.take(24 * len(s.s))
				return &list{items: s.fields(most, right)}
			}
			by := wantText(name, sep).s
			if by == "" {
				fail("empty separator")
			}
			st.take(48 * (len(s.s)/len(by) + 1))
			if right {
				return &list{items: s.rsplit(by, most)}
			}
			return &list{items: s.split(by, most)}
		}
	}
	affix := func(name string, has func(string, string) bool) func(*state, str, *arguments) any {
		return func(_ *state, s str, a *arguments) any {
			p := a.take(name, "affix", "start", "end")
			part := s.chop(name, p[1], p[2])
			of := need(name, "affix", p[0])
			if l, ok := of.(*list); ok && l.tuple {
				for _, x := range l.items {
					if has(part.s, wantText(name, x).s) {
						return true
					}
				}
				return false
			}
			return has(part.s, wantText(name, of).s)
		}
	}
	find := func(name string, last, must bool) func(*state, str, *arguments) any {
		return func(_ *state, s str, a *arguments) any {
			p := a.take(name, "sub", "start", "end")
			sub := wantText(name, need(name, "sub", p[0])).s
			part := s.chop(name, p[1], p[2])
			i := strings.Index(part.s, sub)
			if last {
				i = strings.LastIndex(part.s, sub)
			}
			if i < 0 {
				if must {
					fail("substring not found")
				}
				return int64(-1)
			}
			start := 0
			if from := or(p[1], nil); from != nil {
				n := int64(wantInt(name, from))
				start, _ = bounds(&n, nil, s.length())
			}
			return int64(start + text(part.s[:i]).length())
		}
	}
	partition := func(name string, last bool) func(*state, str, *arguments) any {
		return func(_ *state, s str, a *arguments) any {
			sep := wantText(name, need(name, "sep", a.take(name, "sep")[0]))
			i := strings.Index(s.s, sep.s)
			if last {
				i = strings.LastIndex(s.s, sep.s)
			}
			out := []any{s, text(""), text("")}
			switch {
			case sep.s == "":
				fail("empty separator")
			case i >= 0:
				out = []any{s.sub(0, i), sep, s.sub(i+len(sep.s), len(s.s))}
			case last:
				out = []any{text(""), text(""), s}
			}
			return &list{out, true}
		}
	}
	pad := func(name string) func(*state, str, *arguments) any {
		return func(st *state, s str, a *arguments) any {
			p := a.take(name, "width", "fillchar")
			return padded(st, s, wantInt(name, need(name, "width", p[0])), wantText(name, or(p[1], text(" "))), name)
		}
	}
	strMethods = map[string]func(*state, str, *arguments) any{
		"strip":      func(st *state, s str, a *arguments) any { return s.strip(true, true, chars(st, "strip", a)) },
		"lstrip":     func(st *state, s str, a *arguments) any { return s.strip(true, false, chars(st, "lstrip", a)) },
		"rstrip":     func(st *state, s str, a *arguments) any { return s.strip(false, true, chars(st, "rstrip", a)) },
		"split":      split("split", false),
		"rsplit":     split("rsplit", true),
		"partition":  partition("partition", false),
		"rpartition": partition("rpartition", true),
		"splitlines": func(st *state, s str, a *arguments) any {
			st.take(48 * len(s.s))
			return &list{items: s.lines(truth(or(a.take("splitlines", "keepends")[0], false)))}
		},
		"startswith": affix("startswith", strings.HasPrefix),
		"endswith":   affix("endswith", strings.HasSuffix),
		"removeprefix": func(_ *state, s str, a *arguments) any {
			cut := wantText("removeprefix", need("removeprefix", "prefix", a.take("removeprefix", "prefix")[0])).s
			if strings.HasPrefix(s.s, cut) {
				return s.sub(len(cut), len(s.s))
			}
			return s
		},
		"removesuffix": func(_ *state, s str, a *arguments) any {
			cut := wantText("removesuffix", need("removesuffix", "suffix", a.take("removesuffix", "suffix")[0])).s
			if strings.HasSuffix(s.s, cut) {
				return s.sub(0, len(s.s)-len(cut))
			}
			return s
		},
		"replace": func(st *state, s str, a *arguments) any {
			p := a.take("replace", "old", "new", "count")
			return s.replace(st, wantText("replace", need("replace", "old", p[0])), wantText("replace", need("replace", "new", p[1])), wantInt("replace", or(p[2], int64(-1))))
		},
		"find":       find("find", false, false),
		"rfind":      find("rfind", true, false),
		"index":      find("index", false, true),
		"rindex":     find("rindex", true, true),
		"lower":      plain(func(s str) str { return s.same(strings.ToLower(s.s)) }),
		"casefold":   plain(func(s str) str { return s.same(strings.ToLower(s.s)) }),
		"upper":      plain(func(s str) str { return s.same(python.Upper(s.s)) }),
		"capitalize": plain(capitalize),
		"title":      plain(func(s str) str { return s.same(python.Title(s.s)) }),
		"swapcase": plain(func(s str) str {
			return s.same(strings.Map(func(r rune) rune {
				if unicode.IsUpper(r) {
					return unicode.ToLower(r)
				}
				return unicode.ToUpper(r)
			}, s.s))
		}),
		"isdigit":   every(unicode.IsDigit),
		"isdecimal": every(unicode.IsDigit),
		"isnumeric": every(unicode.IsNumber),
		"isalpha":   every(unicode.IsLetter),
		"isalnum":   every(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }),
		"isspace":   every(python.IsSpace),
		"isascii":   func(_ *state, s str, _ *arguments) any { return ascii(s.s) },
		"isupper":   cased(isUpper),
		"islower":   cased(isLower),
		"count": func(_ *state, s str, a *arguments) any {
			sub := wantText("count", need("count", "sub", a.take("count", "sub")[0])).s
			return int64(strings.Count(s.s, sub))
		},
		"join": func(st *state, s str, a *arguments) any {
			values := items(st, need("join", "iterable", a.take("join", "iterable")[0]))
			for i, v := range values {
				if _, ok := v.(str); !ok {
					fail("sequence item %d: expected str instance, %s found", i, typeName(v))
				}
			}
			return joined(st, values, s)
		},
		"center": pad("center"),
		"ljust":  pad("ljust"),
		"rjust":  pad("rjust"),
		"zfill": func(st *state, s str, a *arguments) any {
			width := wantInt("zfill", need("zfill", "width", a.take("zfill", "width")[0]))
			sign := str{}
			if s.s != "" && (s.s[0] == '-' || s.s[0] == '+') {
				sign, s = s.sub(0, 1), s.sub(1, len(s.s))
			}
			return concat(sign, padded(st, s, width-len(sign.s), text("0"), "rjust"))
		},
		"expandtabs": func(st *state, s str, a *arguments) any {
			size := wantInt("expandtabs", or(a.take("expandtabs", "tabsize")[0], int64(8)))
			return expandTabs(st, s, max(0, min(size, 1000)))
		},
		"format": formatBraces,
	}
}
