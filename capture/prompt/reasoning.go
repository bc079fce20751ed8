package prompt

import (
	"slices"
	"strings"

	"intentprobe/capture/spec"
)

// reasoningFinder finds the reasoning in a text that grows: from an opening tag through the
// next closing one, both included.
type reasoningFinder struct {
	spec.Tags
	inside bool
	from   int // where the part that is under way begins, if inside
	seen   int // bytes that were looked at
	parts  []Stretch
}

// read goes on to the end of the text.
func (t *reasoningFinder) read(text string) {
	for t.Open != "" {
		tag := t.Open
		if t.inside {
			tag = t.Close
		}
		at := strings.Index(text[t.seen:], tag)
		if at < 0 {
			t.seen = max(t.seen, len(text)-partial(text, tag))
			return
		}
		at += t.seen
		t.seen = at + len(tag)
		if t.inside {
			t.parts = append(t.parts, Stretch{t.from, t.seen})
		} else {
			t.from = at
		}
		t.inside = !t.inside
	}
	t.seen = len(text)
}

// partial gives the length of the longest end of text that begins a tag.
func partial(text, tag string) int {
	for n := min(len(text), len(tag)-1); n > 0; n-- {
		if strings.HasSuffix(text, tag[:n]) {
			return n
		}
	}
	return 0
}

// decidedTo is how far it is known what is reasoning in a text of this length.
func (t *reasoningFinder) decidedTo(length int) int {
	if t.inside {
		return length
	}
	return t.seen
}

// covers says whether a stretch that is settled has reasoning in it.
func (t *reasoningFinder) covers(s Stretch) bool {
	return t.inside && s.To > t.from || slices.ContainsFunc(t.parts, s.overlaps)
}
