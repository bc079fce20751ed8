package prompt

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// NamedStretch is a stretch with the name of its span.
type NamedStretch struct {
	Name string
	Stretch
}

// stretchesOf gives where a rule holds in a text.
func stretchesOf(rule *spec.SpanRule, text string) (out []Stretch) {
	for _, at := range rule.Find(text) {
		out = append(out, Stretch{at[0], at[1]})
	}
	return out
}

// inMessages gives where the rules of a row's messages lie in its rendered text.
func inMessages(place string, rules []spec.SpanRule, messages []chat.Message, r *Rendered) (out []NamedStretch, err error) {
	for i := range rules {
		rule := &rules[i]
		if rule.In == "response" {
			continue
		}
		total := 0
		for number, m := range messages {
			if !rule.Applies(number, m.Role) {
				continue
			}
			for _, found := range stretchesOf(rule, m.Content) {
				total++
				there := r.rendersAs(number, found)
				if len(there) == 0 {
					return nil, hint.Usage(fmt.Errorf("%s: span %q: the chat template drops %q from message %d", place, rule.Name, m.Content[found.From:found.To], number), "declare a span that the model reads; ", hint.Option("dry-run"), " shows the text")
				}
				for _, s := range there {
					out = append(out, NamedStretch{rule.Name, s})
				}
			}
		}
		if err := rule.CheckFound(place, total); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rendersAs says where a stretch of a message's content lies in the rendered text.
func (r *Rendered) rendersAs(message int, want Stretch) (out []Stretch) {
	for _, s := range r.spans {
		from, to := max(want.From, s.at), min(want.To, s.at+s.to-s.from)
		if s.message == message && from < to {
			out = append(out, Stretch{s.from + from - s.at, s.from + to - s.at})
		}
	}
	return out
}

// markSpans puts the tokens that overlap a span into it.
func markSpans(sets *SpanSets, marks []Mark, lies []Stretch, spans []NamedStretch) (err error) {
	for _, s := range spans {
		for i := range marks {
			if lies[i].overlaps(s.Stretch) {
				if marks[i].Spans, err = sets.with(marks[i].Spans, s.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
