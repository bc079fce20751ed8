package capture

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"intentprobe/models"
)

// spanFinder is a rule ready to be used.
type spanFinder struct {
	SpanRule
	re *regexp.Regexp
}

// namedStretch is a stretch with the name of its span.
type namedStretch struct {
	name string
	stretch
}

// finders compiles rules and checks them by themselves. place says whose they are.
func finders(place string, rules []SpanRule) ([]spanFinder, error) {
	var out []spanFinder
	for i, rule := range rules {
		wrong := func(format string, args ...any) error {
			return usage(fmt.Errorf("%s: spans[%d] (%q): %w", place, i, rule.Name, fmt.Errorf(format, args...)), "docs/experiments.md shows how spans are declared")
		}
		f := spanFinder{SpanRule: rule}
		given := 0
		for _, is := range []bool{rule.Text != "", rule.Regex != "", rule.Range != nil} {
			if is {
				given++
			}
		}
		switch {
		case rule.Name == "" || strings.ContainsAny(rule.Name, " \t\r\n|&,!()[]\x00"):
			return nil, wrong("a span needs a name, without spaces and the signs of expressions")
		case given != 1:
			return nil, wrong("one of text, regex and range is needed")
		case rule.Range != nil && (len(rule.Range) != 2 || rule.Range[0] < 0 || rule.Range[1] <= rule.Range[0]):
			return nil, wrong("range is %v; it is [from, to] in characters, the second not included", rule.Range)
		}
		if _, err := strconv.Atoi(rule.In); err != nil && rule.In != "" && rule.In != "any" && rule.In != "response" && roleCode(rule.In) < 0 {
			return nil, wrong("in is %q; use a role, the number of a message, response or any", rule.In)
		}
		if rule.Regex != "" {
			re, err := regexp.Compile(rule.Regex)
			if err != nil {
				return nil, wrong("%w", err)
			}
			f.re = re
		}
		out = append(out, f)
	}
	return out, nil
}

// ofResponse says whether the rule is for the response.
func (f *spanFinder) ofResponse() bool { return f.In == "response" }

// find gives the places in a text; empty matches are none.
func (f *spanFinder) find(text string) (out []stretch) {
	switch {
	case f.re != nil:
		for _, m := range f.re.FindAllStringIndex(text, -1) {
			if m[1] > m[0] {
				out = append(out, stretch{m[0], m[1]})
			}
		}
	case f.Text != "":
		for at := 0; ; {
			i := strings.Index(text[at:], f.Text)
			if i < 0 {
				return out
			}
			out = append(out, stretch{at + i, at + i + len(f.Text)})
			at += i + len(f.Text)
		}
	default:
		from, to := byteOffset(text, f.Range[0]), byteOffset(text, f.Range[1])
		if to > from {
			out = append(out, stretch{from, to})
		}
	}
	return out
}

// byteOffset is where character n of a text begins; its length behind the last.
func byteOffset(text string, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// once refuses a rule that found too much or nothing, where that matters.
func (f *spanFinder) once(place string, found int) error {
	if f.All || found == 1 {
		return nil
	}
	where := "the messages"
	if f.In != "" && f.In != "any" {
		where = f.In
		if _, err := strconv.Atoi(f.In); err == nil {
			where = "message " + f.In
		}
	}
	what := f.Text + f.Regex
	if f.Range != nil {
		what = fmt.Sprintf("characters %d to %d", f.Range[0], f.Range[1])
	}
	if found == 0 {
		return usage(fmt.Errorf("%s: span %q: %q never occurs in %s", place, f.Name, what, where), "mend the rule, or set all: true where it may be missing")
	}
	return usage(fmt.Errorf("%s: span %q: %q occurs %d times in %s", place, f.Name, what, found, where), "choose a longer text, say in which message (in: user, in: 0), or set all: true to take every one")
}

// inMessages gives where the rules of a row's messages lie in its rendered text.
func inMessages(place string, rules []spanFinder, messages []models.Message, r *rendered) (out []namedStretch, err error) {
	for i := range rules {
		f := &rules[i]
		if f.ofResponse() {
			continue
		}
		total := 0
		for number, m := range messages {
			if f.In != "" && f.In != "any" && f.In != m.Role && f.In != strconv.Itoa(number) {
				continue
			}
			for _, found := range f.find(m.Content) {
				total++
				there := r.rendersAs(number, m.Content, found)
				if len(there) == 0 {
					return nil, usage(fmt.Errorf("%s: span %q: the chat template drops %q from message %d", place, f.Name, m.Content[found.from:found.to], number), "declare a span that the model reads; --dry-run shows the text")
				}
				for _, s := range there {
					out = append(out, namedStretch{f.Name, s})
				}
			}
		}
		if err := f.once(place, total); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rendersAs says where a stretch of a message's content lies in the rendered text.
// A content lies there whole, trimmed, or in several pieces in its own order.
func (r *rendered) rendersAs(message int, content string, want stretch) (out []stretch) {
	at := 0
	for _, s := range r.spans {
		if s.message != message {
			continue
		}
		piece := r.text[s.from:s.to]
		i := strings.Index(content[at:], piece)
		if i < 0 {
			continue
		}
		at += i
		from, to := max(want.from, at), min(want.to, at+len(piece))
		if from < to {
			out = append(out, stretch{s.from + from - at, s.from + to - at})
		}
		at += len(piece)
	}
	return out
}

// markSpans puts the tokens that overlap a span into it.
func markSpans(sets *spanSets, marks []mark, lies []stretch, spans []namedStretch) (err error) {
	for _, s := range spans {
		for i := range marks {
			if lies[i].overlaps(s.stretch) {
				if marks[i].spans, err = sets.with(marks[i].spans, s.name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
