package dataset

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// treat makes a row of the run of a row of the dataset, whose variables are vars. There
// are so many conditions.
func treat(t *spec.Treatment, conditions int, base *Row, vars *rowVariables) (*Row, error) {
	r := *base
	if t.Place != "" {
		r.Place += " (" + t.Place[len(", "):] + ")"
	}
	if err := ambiguous(t, base, r.Place); err != nil {
		return nil, err
	}
	scope := &scope{place: r.Place, row: vars, vars: t.Vars}
	r.ID += t.ID
	if t.Condition != nil {
		r.Condition = t.Condition
	}
	if t.Style != nil {
		r.Style = t.Style
	}
	if r.Pair == nil && conditions > 1 && t.Condition != nil {
		id := base.ID
		r.Pair = &id
	}
	if r.Pair != nil && t.Style != nil {
		pair := *r.Pair + "/" + *t.Style
		r.Pair = &pair
	}
	if t.Label != nil {
		r.Label = t.Label
	}
	if t.Split != nil {
		r.Split = t.Split
	}
	if err := treatMessages(t, &r, scope); err != nil {
		return nil, err
	}
	if t.Response != nil {
		text, err := fill(t.Response, scope)
		if err != nil {
			return nil, err
		}
		r.Response = &text
	}
	var err error
	r.Spans, err = fillSpans(t, base.Spans, scope)
	return &r, err
}

// ambiguous refuses what both the row and the treatment say.
func ambiguous(t *spec.Treatment, r *Row, place string) error {
	twice := func(what string) error {
		return hint.Usage(fmt.Errorf("%s: the row has %s of its own, and the spec sets one", place, what), "keep one of them; a key of another name stays in the row's metadata")
	}
	system := slices.ContainsFunc(r.Messages, func(m chat.Message) bool { return m.Role == "system" })
	switch {
	case t.Condition != nil && r.Condition != nil:
		return twice("a condition")
	case t.Style != nil && r.Style != nil:
		return twice("a style")
	case t.Label != nil && r.Label != nil:
		return twice("a label")
	case t.System != nil && system:
		return twice("a system message")
	case t.Prompt != nil && len(r.Messages) > 0:
		return twice("messages, thus a prompt")
	case t.Prefill != nil && len(r.Messages) > 0 && r.Messages[len(r.Messages)-1].Role == "assistant":
		return twice("a beginning of the answer")
	}
	return nil
}

// treatMessages writes what the model reads into a row: a prompt alone where that is
// all there is, else messages.
func treatMessages(t *spec.Treatment, r *Row, scope *scope) (err error) {
	filled := func(t *spec.Template) (text string) {
		if err == nil {
			text, err = fill(t, scope)
		}
		return text
	}
	if t.Prompt != nil {
		r.Prompt, r.bare = filled(t.Prompt), nil
	}
	if r.bare != nil {
		return nil // it is refused with all the others
	}
	var before, after string
	for _, prefix := range t.Prefix {
		before += filled(prefix)
	}
	for _, suffix := range t.Suffix {
		after += filled(suffix)
	}
	if len(r.Messages) == 0 {
		r.Prompt = before + r.Prompt + after
		if t.System == nil && t.Prefill == nil {
			return err
		}
		r.Messages, r.Prompt = []chat.Message{{Role: "user", Content: r.Prompt}}, ""
	} else if len(t.Prefix)+len(t.Suffix) > 0 {
		last := len(r.Messages) - 1
		for last >= 0 && r.Messages[last].Role != "user" {
			last--
		}
		if last < 0 {
			return hint.Usage(fmt.Errorf("%s: no message of the user, to which prefix and suffix belong", scope.place), "write one, or leave prefix and suffix out")
		}
		r.Messages = slices.Clone(r.Messages)
		r.Messages[last] = r.Messages[last].Around(before, after)
	}
	if t.System != nil {
		r.Messages = append([]chat.Message{{Role: "system", Content: filled(t.System)}}, r.Messages...)
	}
	if t.Prefill != nil {
		r.Messages = append(slices.Clip(r.Messages), chat.Message{Role: "assistant", Content: filled(t.Prefill)})
	}
	return err
}

// fillSpans gives the spans of a row: the spec's with their variables filled in,
// then its own, which replace those of the same name.
func fillSpans(t *spec.Treatment, own []spec.SpanRule, scope *scope) ([]spec.SpanRule, error) {
	if len(t.Spans) == 0 {
		return own, nil
	}
	var out []spec.SpanRule
	for _, span := range t.Spans {
		if slices.ContainsFunc(own, func(r spec.SpanRule) bool { return r.Name == span.Name }) {
			continue
		}
		rule := span.SpanRule
		var err error
		if rule.Text, err = fill(span.Template, scope); err != nil {
			return nil, err
		}
		out = append(out, rule)
	}
	return append(out, own...), nil
}
