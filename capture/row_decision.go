package capture

import (
	"slices"

	"intentprobe/capture/selection"
	"intentprobe/models"
	"intentprobe/storage"
)

// rowDecision is what becomes of the tokens of a sample: whether each has a row. Tokens
// are added as they come; what becomes of one may only be known when later ones are.
type rowDecision struct {
	rest    selection.Decider
	spans   *spanSets
	start   int    // position of the first token
	prompt  int    // tokens of the prompt
	decided []int8 // kept or dropped, of the first tokens
	added   int    // tokens that were added
}

const (
	undecided int8 = iota
	kept
	dropped
)

// decideRows begins to decide on a sample's tokens: those that are known before it is
// decoded, which are all of them where known says so.
func (p *Prepared) decideRows(sel *selection.Selection, start int, prompt, given []mark, tokens []models.Token, known bool) *rowDecision {
	d := &rowDecision{rest: sel.Start(), spans: p.sets, start: start, prompt: len(prompt)}
	for _, m := range prompt {
		d.add(m, false)
	}
	for i, m := range given {
		d.add(m, p.tok.EndsGeneration(tokens[i]))
	}
	if known {
		d.end()
	}
	return d
}

// add takes the next token; ends says whether it ends the response.
func (d *rowDecision) add(m mark, ends bool) {
	i := d.added
	d.rest.Push(&selection.Token{
		Position: d.start + i, Response: i >= d.prompt, First: i == d.prompt, Ends: ends,
		Role: storage.Roles[m.role], Prefill: m.prefill, Reasoning: m.reasoning, Stop: m.stop, Spans: d.spans.names[m.spans],
	})
	d.added++
	d.read()
}

// end says that no more tokens follow.
func (d *rowDecision) end() {
	d.rest.End()
	d.read()
}

// read takes what is decided by now.
func (d *rowDecision) read() {
	for x, ok := d.rest.Next(); ok; x, ok = d.rest.Next() {
		made := dropped
		if x {
			made = kept
		}
		d.decided = append(d.decided, made)
	}
}

// of says what becomes of a token of the sample.
func (d *rowDecision) of(i int) int8 {
	if i < len(d.decided) {
		return d.decided[i]
	}
	return undecided
}

// len is how many tokens were added.
func (d *rowDecision) len() int { return d.added }

// keepsAny says whether some token has a row for certain.
func (d *rowDecision) keepsAny() bool { return slices.Contains(d.decided, kept) }
