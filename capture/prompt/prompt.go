package prompt

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// Prompt is a rendered text as the model reads it: its tokens, and what is known of each.
// The response begins where it ends.
type Prompt struct {
	Text   string
	Tokens []models.Token
	Marks  []Mark // of the tokens
	Answer int32  // number of the message that the response is, -1 where there are none

	reasoning reasoningFinder // as it stands at the end of the text
	finds     []spec.SpanRule // rules of spans in the response
}

// New tokenises a rendered text and marks its tokens, with the reasoning between
// these tags. The stretches say where each token lies in the text. Where the text has no
// tokens, the prompt has none either.
func New(tok Tokenizer, text *Rendered, how TokenizeFunc, tags spec.Tags) (*Prompt, []Stretch, error) {
	tokens, err := how(tok, text.Text)
	if err != nil {
		return nil, nil, err
	}
	starts, err := Offsets(tok, text.Text, tokens, how)
	if err != nil {
		return nil, nil, err
	}
	p := &Prompt{Text: text.Text, Tokens: tokens, Answer: int32(text.answer), Marks: markPrompt(tok, text, tokens, starts)}
	if err := p.checkOpen(tok, text, starts); err != nil {
		return nil, nil, err
	}
	stretches := tokenStretches(starts, len(text.Text))
	p.markReasoning(text, stretches, tags)
	return p, stretches, nil
}

// checkOpen refuses an end token in what the answer begins with: the response goes on
// there, and nothing goes on after an end token.
func (p *Prompt) checkOpen(tok Tokenizer, text *Rendered, starts []int) error {
	for i, t := range p.Tokens {
		if !p.Marks[i].Prefill || !tok.EndsGeneration(t) {
			continue
		}
		at := 1
		for _, s := range text.spans {
			if s.message == text.answer && s.from <= starts[i] {
				at = len([]rune(text.Messages[s.message].Content[:s.at+starts[i]-s.from])) + 1
			}
		}
		return hint.Usage(fmt.Errorf("the answer's beginning goes on after its end token %q, at character %d", TokenText(tok, t), at),
			"take the end token out; an answer that has ended is given as a response")
	}
	return nil
}

// markReasoning marks the reasoning that the prompt opens or holds in the assistant's
// last turn.
func (p *Prompt) markReasoning(text *Rendered, stretches []Stretch, tags spec.Tags) {
	p.reasoning.Tags = tags
	from := 0
	for _, s := range text.spans {
		if s.message != text.answer {
			from = max(from, s.to)
		}
	}
	p.reasoning.read(text.Text[from:])
	for i := range p.Marks {
		own := Stretch{stretches[i].From - from, stretches[i].To - from}
		p.Marks[i].Reasoning = own.From >= 0 && p.reasoning.covers(own)
	}
	// What follows is read as a text of its own, from where this one ends.
	p.reasoning = reasoningFinder{Tags: tags, inside: p.reasoning.inside}
}

// MarkSpans marks the spans that the rules of a row declare in the messages of the
// prompt, and keeps the rules for the response. It gives where the spans lie; place names
// the row in errors.
func (p *Prompt) MarkSpans(sets *SpanSets, place string, rules []spec.SpanRule, text *Rendered, stretches []Stretch) ([]NamedStretch, error) {
	spans, err := inMessages(place, rules, text.Messages, text)
	if err == nil {
		err = markSpans(sets, p.Marks, stretches, spans)
	}
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if rule.In == "response" {
			p.finds = append(p.finds, rule)
		}
	}
	return spans, nil
}

// FindsInResponse says whether a span of this name is looked for in the response.
func (p *Prompt) FindsInResponse(name string) bool {
	return slices.ContainsFunc(p.finds, func(r spec.SpanRule) bool { return r.Name == name })
}

// EndsInReasoning says whether the text ends between the tags of reasoning, so that the
// response begins as reasoning.
func (p *Prompt) EndsInReasoning() bool { return p.reasoning.inside }

// Waits says whether marks of the response may become final later than their token is
// known, where these texts end it.
func (p *Prompt) Waits(stops []string) bool {
	return p.reasoning.Open != "" || len(p.finds) > 0 || len(stops) > 0
}

// Skipped is how many of a follow-up's first tokens are there already: the token that
// ends the parent's turn, where the parent ended with it.
// After raw text a question may begin with the answer's last word.
func (p *Prompt) Skipped(last models.Token, ends bool) int {
	if ends && len(p.Tokens) > 1 && p.Tokens[0] == last {
		return 1
	}
	return 0
}
