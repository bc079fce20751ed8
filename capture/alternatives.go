package capture

import (
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// planAlternatives plans the alternatives of the spec for one prompt.
func (pl *planner) planAlternatives(plan *promptPlan, row *Row, spans []namedStretch, stretches []stretch) error {
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
		options, err := pl.optionsOf(plan, stretches, at, end, a.Options)
		if err != nil {
			return err
		}
		planned := plannedAlternatives{name: a.Name, at: at, options: options}
		if err := pl.distinct(&planned); err != nil {
			return hint.Usage(fmt.Errorf("%s: alternatives %q: %w", row.Place, a.Name, err), "use options that begin differently")
		}
		plan.alternatives = append(plan.alternatives, planned)
	}
	return nil
}

// optionsOf tokenises texts as each would follow the prompt up to a token.
func (pl *planner) optionsOf(plan *promptPlan, stretches []stretch, at, end int, texts []string) (out []option, err error) {
	for _, text := range texts {
		tokens, err := pl.optionTokens(plan, stretches, at, end, text)
		if err != nil {
			return nil, err
		}
		out = append(out, option{text, tokens})
	}
	return out, nil
}

// afterSpan finds the last token of a span, and the byte after it.
func afterSpan(name string, spans []namedStretch, stretches []stretch) (at, end int, err error) {
	end = -1
	for _, s := range spans {
		if s.name == name {
			end = max(end, s.to)
		}
	}
	if end < 0 {
		return 0, 0, fmt.Errorf("span %q is not declared for a message here", name)
	}
	for i, l := range stretches {
		if l.from < end && l.to >= end {
			at = i // the last of those that share a character
		}
	}
	if stretches[at].to != end {
		return 0, 0, fmt.Errorf("span %q ends inside a token", name)
	}
	return at, end, nil
}

// optionTokens tokenises an option as it would follow the prompt up to a token.
// Control tokens part a text, so only what lies after the last of them counts.
func (pl *planner) optionTokens(plan *promptPlan, stretches []stretch, at, end int, text string) ([]models.Token, error) {
	if at < 0 {
		return tokenizeBehind(pl.tok, text)
	}
	from := at
	for from > 0 && (!pl.tok.IsControl(plan.Tokens[from]) || stretches[from].from < 0) {
		from--
	}
	tail := ""
	for _, l := range stretches[from : at+1] {
		if l.from >= 0 { // unlike BOS, which has no text
			tail = plan.Text[l.from:end]
			break
		}
	}
	key := [2]string{tail, text}
	if known, ok := pl.options[key]; ok {
		return known, nil
	}
	tokens, err := tokenizeTail(pl.tok, tail, from == 0, plan.Tokens[from:at+1], text)
	if err == nil && len(pl.options) < 10_000 {
		pl.options[key] = tokens
	}
	return tokens, err
}

// distinct refuses options that the model could not tell apart by what it says next.
func (pl *planner) distinct(a *plannedAlternatives) error {
	for i, o := range a.options {
		if len(o.tokens) == 0 {
			return fmt.Errorf("option %q has no tokens", o.text)
		}
		for _, p := range a.options[:i] {
			if p.tokens[0] == o.tokens[0] {
				return fmt.Errorf("options %q and %q begin with the same token %q", p.text, o.text, tokenText(pl.tok, o.tokens[0]))
			}
		}
	}
	return nil
}
