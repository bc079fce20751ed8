package plan

import (
	"slices"

	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// RowDecision is what becomes of the tokens of a sample: whether each has a row. Tokens
// are added as they come; what becomes of one may only be known when later ones are.
type RowDecision struct {
	rest    selection.Decider
	spans   *prompt.SpanSets
	start   int    // position of the first token
	prompt  int    // tokens of the prompt
	decided []Fate // kept or dropped, of the first tokens
	added   int    // tokens that were added
}

// Fate is what becomes of a token.
type Fate int8

// It is not known yet whether a token has a row, it has one, or it has none.
const (
	Undecided Fate = iota
	Kept
	Dropped
)

// DecideRows begins to decide on a sample's tokens: marks are those of its prompt, given
// those of its given response, and tokens are the response's. known says that no others
// follow. start is the position of the first token.
func (p *Prepared) DecideRows(sel *selection.Selection, start int, marks, given []prompt.Mark, tokens []models.Token, known bool) *RowDecision {
	d := &RowDecision{rest: sel.Start(), spans: p.SpanSets, start: start, prompt: len(marks)}
	for _, m := range marks {
		d.Add(m, false)
	}
	for i, m := range given {
		d.Add(m, p.Tokenizer.EndsGeneration(tokens[i]))
	}
	if known {
		d.End()
	}
	return d
}

// Add takes the next token; ends says whether it ends the response.
func (d *RowDecision) Add(m prompt.Mark, ends bool) {
	i := d.added
	d.rest.Push(&selection.Token{
		Position: d.start + i, Response: i >= d.prompt, First: i == d.prompt, Ends: ends,
		Role: rundir.Roles[m.Role], Prefill: m.Prefill, Reasoning: m.Reasoning, Stop: m.Stop, Spans: d.spans.Names[m.Spans],
	})
	d.added++
	d.read()
}

// End says that no more tokens follow.
func (d *RowDecision) End() {
	d.rest.End()
	d.read()
}

// read takes what is decided by now.
func (d *RowDecision) read() {
	for x, ok := d.rest.Next(); ok; x, ok = d.rest.Next() {
		made := Dropped
		if x {
			made = Kept
		}
		d.decided = append(d.decided, made)
	}
}

// Of says what becomes of a token of the sample.
func (d *RowDecision) Of(i int) Fate {
	if i < len(d.decided) {
		return d.decided[i]
	}
	return Undecided
}

// Len is how many tokens were added.
func (d *RowDecision) Len() int { return d.added }

// KeepsAny says whether some token has a row for certain.
func (d *RowDecision) KeepsAny() bool { return slices.Contains(d.decided, Kept) }
