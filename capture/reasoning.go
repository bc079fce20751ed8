package capture

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// tags enclose the reasoning part of an answer; both empty where there is none.
type tags struct{ open, close string }

// knownTags are those of the model families, the longest and most particular first.
var knownTags = []tags{
	{"<|channel|>analysis<|message|>", "<|end|>"}, // gpt-oss
	{"<|START_THINKING|>", "<|END_THINKING|>"},    // Command A, R7B
	{"<|inner_prefix|>", "<|inner_suffix|>"},      // Apertus
	{"<seed:think>", "</seed:think>"},             // Seed-OSS
	{"[THINK]", "[/THINK]"},                       // Magistral, Ministral
	{"<thinking>", "</thinking>"},
	{"<reasoning>", "</reasoning>"},
	{"<think>", "</think>"}, // DeepSeek R1, Qwen 3, and most
}

// reasoningTags reads chat.reasoning: auto takes the tags that stand in the template,
// none knows no reasoning, else it is the two tags with a space between them.
func reasoningTags(setting, template string) (tags, error) {
	switch setting {
	case "none":
		return tags{}, nil
	case "auto", "":
		for _, t := range knownTags {
			if strings.Contains(template, t.close) || strings.Contains(template, t.open) {
				return t, nil
			}
		}
		return tags{}, nil
	}
	words := strings.Fields(setting)
	if len(words) != 2 || words[0] == words[1] {
		return tags{}, hint.Usage(fmt.Errorf("chat.reasoning is %q", setting), `use auto, none, or the two tags, for example "<think> </think>"`)
	}
	return tags{words[0], words[1]}, nil
}

// reasoningFinder finds the reasoning in a text that grows: from an opening tag through the
// next closing one, both included.
type reasoningFinder struct {
	tags
	inside bool
	from   int // where the part that is under way begins, if inside
	seen   int // bytes that were looked at
	parts  []stretch
}

// read goes on to the end of the text.
func (t *reasoningFinder) read(text string) {
	for t.open != "" {
		tag := t.open
		if t.inside {
			tag = t.close
		}
		at := strings.Index(text[t.seen:], tag)
		if at < 0 {
			t.seen = max(t.seen, len(text)-partial(text, tag))
			return
		}
		at += t.seen
		t.seen = at + len(tag)
		if t.inside {
			t.parts = append(t.parts, stretch{t.from, t.seen})
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
func (t *reasoningFinder) covers(s stretch) bool {
	return t.inside && s.to > t.from || slices.ContainsFunc(t.parts, s.overlaps)
}
