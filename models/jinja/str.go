package jinja

import (
	"strings"
	"unicode/utf8"

	"intentprobe/models/jinja/python"
)

// str is a text: what Python calls str, and Markup where safe is set. The runs
// say which parts of it were taken from marked texts.
type str struct {
	s    string
	runs []Run
	safe bool
}

func text(s string) str { return str{s: s} }

// sub gives bytes from to to. An empty rest of a marked text is still one.
func (s str) sub(from, to int) str {
	out := str{s: s.s[from:to], safe: s.safe}
	for i, r := range s.runs {
		a, b := max(r.From, from), min(r.To, to)
		if a < b || (a == b && from == to && i == 0) {
			out.runs = append(out.runs, Run{a - from, b - from, r.Source, r.At + a - r.From})
		}
	}
	if len(out.runs) == 0 && from == to && len(s.runs) > 0 {
		r := s.runs[0]
		out.runs = []Run{{0, 0, r.Source, r.At}}
	}
	return out
}

// builder joins texts and keeps their runs.
type builder struct {
	b    []byte
	runs []Run
}

func (b *builder) add(s str) {
	base := len(b.b)
	b.b = append(b.b, s.s...)
	for _, r := range s.runs {
		r.From += base
		r.To += base
		if n := len(b.runs); n > 0 {
			last := &b.runs[n-1]
			if last.Source == r.Source && last.To == r.From && last.At+last.To-last.From == r.At {
				last.To = r.To
				continue
			}
		}
		b.runs = append(b.runs, r)
	}
}

func (b *builder) str() str { return str{s: string(b.b), runs: b.runs} }

func concat(parts ...str) str {
	if len(parts) == 2 {
		if parts[0].s == "" && parts[0].runs == nil {
			return parts[1]
		}
		if parts[1].s == "" && parts[1].runs == nil {
			return parts[0]
		}
	}
	var b builder
	n := 0
	for _, p := range parts {
		n += len(p.s)
	}
	b.b = make([]byte, 0, n)
	for _, p := range parts {
		b.add(p)
	}
	return b.str()
}

// same keeps the runs where a change left every byte count as it was.
func (s str) same(changed string) str {
	if len(changed) == len(s.s) {
		return str{changed, s.runs, s.safe}
	}
	return str{s: changed, safe: s.safe}
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// length counts characters.
func (s str) length() int {
	if ascii(s.s) {
		return len(s.s)
	}
	return utf8.RuneCountInString(s.s)
}

// offsets gives the byte at which each character starts, and the end.
func (s str) offsets() []int {
	out := make([]int, 0, len(s.s)+1)
	for i := range s.s {
		out = append(out, i)
	}
	return append(out, len(s.s))
}

// chars gives each character as a text.
func (s str) chars() []any {
	at := s.offsets()
	out := make([]any, len(at)-1)
	for i := range out {
		out[i] = s.sub(at[i], at[i+1])
	}
	return out
}

// Run says that bytes From to To of a text are the bytes of the text that was
// marked as Source, from byte At on. It is empty where a marked text was.
type Run struct{ From, To, Source, At int }

// strip takes characters off the ends: those of chars, or white space if chars
// is nil.
func (s str) strip(left, right bool, chars *string) str {
	cut := python.IsSpace
	if chars != nil {
		set := map[rune]bool{}
		for _, r := range *chars {
			set[r] = true
		}
		cut = func(r rune) bool { return set[r] }
	}
	from, to := 0, len(s.s)
	if left {
		from = to - len(strings.TrimLeftFunc(s.s, cut))
	}
	if right {
		to = from + len(strings.TrimRightFunc(s.s[from:], cut))
	}
	return s.sub(from, to)
}

// split is Python's str.split with a separator; most < 0 is no limit.
func (s str) split(sep string, most int) []any {
	var out []any
	at := 0
	for most < 0 || len(out) < most {
		i := strings.Index(s.s[at:], sep)
		if i < 0 {
			break
		}
		out = append(out, s.sub(at, at+i))
		at += i + len(sep)
	}
	return append(out, s.sub(at, len(s.s)))
}

func (s str) rsplit(sep string, most int) []any {
	var out []any
	end := len(s.s)
	for most < 0 || len(out) < most {
		i := strings.LastIndex(s.s[:end], sep)
		if i < 0 {
			break
		}
		out = append(out, s.sub(i+len(sep), end))
		end = i
	}
	out = append(out, s.sub(0, end))
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// fields is Python's str.split without a separator, from the left or the right.
func (s str) fields(most int, right bool) []any {
	var words [][2]int
	start := -1
	for i, r := range s.s {
		switch {
		case python.IsSpace(r) && start >= 0:
			words, start = append(words, [2]int{start, i}), -1
		case !python.IsSpace(r) && start < 0:
			start = i
		}
	}
	if start >= 0 {
		words = append(words, [2]int{start, len(s.s)})
	}
	if n := len(words); most >= 0 && n > most {
		if right {
			end := words[n-most-1][1]
			out := []any{s.sub(0, end)}
			for _, w := range words[n-most:] {
				out = append(out, s.sub(w[0], w[1]))
			}
			return out
		}
		var out []any
		for _, w := range words[:most] {
			out = append(out, s.sub(w[0], w[1]))
		}
		return append(out, s.sub(words[most][0], len(s.s)))
	}
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = s.sub(w[0], w[1])
	}
	return out
}

// lines is Python's str.splitlines.
func (s str) lines(keep bool) []any {
	var out []any
	at := 0
	for i := 0; i < len(s.s); {
		r, n := utf8.DecodeRuneInString(s.s[i:])
		end := i
		i += n
		switch r {
		case '\r':
			if strings.HasPrefix(s.s[i:], "\n") {
				i++
			}
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		default:
			continue
		}
		if keep {
			end = i
		}
		out = append(out, s.sub(at, end))
		at = i
	}
	if at < len(s.s) {
		out = append(out, s.sub(at, len(s.s)))
	}
	return out
}
