package capture

import (
	"fmt"
	"strconv"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// namedStretch is a stretch with the name of its span.
type namedStretch struct {
	name string
	stretch
}

// once refuses a rule that found too much or nothing, where that matters.
func (r *SpanRule) once(place string, found int) error {
	if r.All || found == 1 {
		return nil
	}
	where := "the messages"
	if r.In != "" && r.In != "any" {
		where = r.In
		if _, err := strconv.Atoi(r.In); err == nil {
			where = "message " + r.In
		}
	}
	what := r.Text + r.Regex
	if r.Range != nil {
		what = fmt.Sprintf("characters %d to %d", r.Range[0], r.Range[1])
	}
	if found == 0 {
		return hint.Usage(fmt.Errorf("%s: span %q: %q never occurs in %s", place, r.Name, what, where), "mend the rule, or set all: true where it may be missing")
	}
	return hint.Usage(fmt.Errorf("%s: span %q: %q occurs %d times in %s", place, r.Name, what, found, where), "choose a longer text, say in which message (in: user, in: 0), or set all: true to take every one")
}

// inMessages gives where the rules of a row's messages lie in its rendered text.
func inMessages(place string, rules []SpanRule, messages []models.Message, r *rendered) (out []namedStretch, err error) {
	for i := range rules {
		rule := &rules[i]
		if rule.In == "response" {
			continue
		}
		total := 0
		for number, m := range messages {
			if !rule.applies(number, m.Role) {
				continue
			}
			for _, found := range rule.stretches(m.Content) {
				total++
				there := r.rendersAs(number, found)
				if len(there) == 0 {
					return nil, hint.Usage(fmt.Errorf("%s: span %q: the chat template drops %q from message %d", place, rule.Name, m.Content[found.from:found.to], number), "declare a span that the model reads; ", hint.Option("dry-run"), " shows the text")
				}
				for _, s := range there {
					out = append(out, namedStretch{rule.Name, s})
				}
			}
		}
		if err := rule.once(place, total); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rendersAs says where a stretch of a message's content lies in the rendered text.
func (r *rendered) rendersAs(message int, want stretch) (out []stretch) {
	for _, s := range r.spans {
		from, to := max(want.from, s.at), min(want.to, s.at+s.to-s.from)
		if s.message == message && from < to {
			out = append(out, stretch{s.from + from - s.at, s.from + to - s.at})
		}
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
