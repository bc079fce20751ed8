package plan

import (
	"fmt"
	"strings"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// planAlternatives plans the alternatives of the spec for one prompt.
func (pl *planner) planAlternatives(plan *Prompt, row *dataset.Row, spans []prompt.NamedStretch, stretches []prompt.Stretch) error {
	for i := range pl.Spec.Alternatives {
		a := &pl.Spec.Alternatives[i]
		at, end := len(plan.Tokens)-1, len(plan.Text)
		switch name, isSpan := strings.CutPrefix(a.At, "span:"); {
		case a.At == "end":
			if row.Response == nil && pl.Spec.Generate.MaxTokens == 0 {
				return hint.Usage(fmt.Errorf("alternatives %q: at is end, but there is no response", a.Name), "use at: response, or let the model answer")
			}
			at = -1
		case isSpan:
			var err error
			if at, end, err = afterSpan(name, spans, stretches); err != nil {
				return hint.Usage(fmt.Errorf("%s: alternatives %q: %w", row.Place, a.Name, err), "choose another place, or a span that ends where a token does")
			}
		}
		texts, err := filled(a, row)
		if err != nil {
			return err
		}
		options, err := pl.optionsOf(plan, stretches, at, end, texts)
		if err != nil {
			return err
		}
		planned := Alternatives{Name: a.Name, At: at, Options: options}
		if err := pl.distinct(&planned); err != nil {
			return hint.Usage(fmt.Errorf("%s: alternatives %q: %w", row.Place, a.Name, err), "use options that begin differently")
		}
		plan.Alternatives = append(plan.Alternatives, planned)
	}
	return nil
}

// filled gives the options of alternatives with a row's keys in the place of variables.
func filled(a *spec.Alternatives, row *dataset.Row) (texts []string, err error) {
	for _, option := range a.Options {
		t, err := spec.ParseTemplate(fmt.Sprintf("an option of alternatives %q", a.Name), option)
		if err != nil {
			return nil, err
		}
		text, err := row.Fill(t)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// optionsOf tokenises texts as each would follow the prompt up to a token.
func (pl *planner) optionsOf(plan *Prompt, stretches []prompt.Stretch, at, end int, texts []string) (out []Option, err error) {
	for _, text := range texts {
		tokens, err := pl.optionTokens(plan, stretches, at, end, text)
		if err != nil {
			return nil, err
		}
		out = append(out, Option{text, tokens})
	}
	return out, nil
}

// afterSpan finds the last token of a span, and the byte after it.
func afterSpan(name string, spans []prompt.NamedStretch, stretches []prompt.Stretch) (at, end int, err error) {
	end = -1
	for _, s := range spans {
		if s.Name == name {
			end = max(end, s.To)
		}
	}
	if end < 0 {
		return 0, 0, fmt.Errorf("span %q is not declared for a message here", name)
	}
	for i, l := range stretches {
		if l.From < end && l.To >= end {
			at = i // the last of those that share a character
		}
	}
	if stretches[at].To != end {
		return 0, 0, fmt.Errorf("span %q ends inside a token", name)
	}
	return at, end, nil
}

// optionTokens tokenises an option as it would follow the prompt up to a token.
// Control tokens part a text, so only what lies after the last of them counts.
func (pl *planner) optionTokens(plan *Prompt, stretches []prompt.Stretch, at, end int, text string) ([]models.Token, error) {
	if at < 0 {
		return prompt.TokenizeAfter(pl.Tokenizer, text)
	}
	from := at
	for from > 0 && (!pl.Tokenizer.IsControl(plan.Tokens[from]) || stretches[from].From < 0) {
		from--
	}
	tail := ""
	for _, l := range stretches[from : at+1] {
		if l.From >= 0 { // unlike BOS, which has no text
			tail = plan.Text[l.From:end]
			break
		}
	}
	key := [2]string{tail, text}
	if known, ok := pl.options[key]; ok {
		return known, nil
	}
	tokens, err := prompt.TokenizeTail(pl.Tokenizer, tail, from == 0, plan.Tokens[from:at+1], text)
	if err == nil && len(pl.options) < 10_000 {
		pl.options[key] = tokens
	}
	return tokens, err
}

// distinct refuses options that the model could not tell apart by what it says next.
func (pl *planner) distinct(a *Alternatives) error {
	for i, o := range a.Options {
		if len(o.Tokens) == 0 {
			return fmt.Errorf("option %q has no tokens", o.Text)
		}
		for _, p := range a.Options[:i] {
			if p.Tokens[0] == o.Tokens[0] {
				return fmt.Errorf("options %q and %q begin with the same token %q", p.Text, o.Text, prompt.TokenText(pl.Tokenizer, o.Tokens[0]))
			}
		}
	}
	return nil
}
