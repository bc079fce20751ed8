package plan

import (
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/models"
)

// EditDecision says which tokens of a sample the interventions of its arm change. Tokens
// are added as they come, each before the model reads it: what becomes of it is then known.
type EditDecision struct {
	parts  []*RowDecision // of each part of the arm; nil where it changes nothing of this sample
	looked int            // tokens before it are changed by no part
	found  bool           // and it is
}

// DecideEdits begins to decide on a sample's tokens, as DecideRows does. Of a follow-up,
// only parts that edit follow-ups change something.
func (p *Prepared) DecideEdits(j *Job, start int, marks, given []prompt.Mark, tokens []models.Token, known bool) *EditDecision {
	d := &EditDecision{}
	if j.Arm == nil {
		return d
	}
	for i := range j.Arm.Parts {
		part := &j.Arm.Parts[i]
		if j.Followup != nil && !part.Followups {
			d.parts = append(d.parts, nil)
			continue
		}
		d.parts = append(d.parts, p.decideAtOnce(part.Tokens, start, marks, given, tokens, known))
	}
	return d
}

// DecideAtOnce begins to decide on the tokens of a sample as for an intervention that
// edits these of them.
func (p *Prepared) DecideAtOnce(tokens *selection.Selection, j *Job, start int, marks []prompt.Mark) *RowDecision {
	return p.decideAtOnce(tokens, start, marks, j.ResponseMarks, j.ResponseTokens, j.TokensKnown())
}

// decideAtOnce is DecideRows for an intervention: the response begins where the prompt
// ends, so that what depends on the prompt alone is known there.
func (p *Prepared) decideAtOnce(sel *selection.Selection, start int, marks, given []prompt.Mark, tokens []models.Token, known bool) *RowDecision {
	d := p.DecideRows(sel, start, marks, nil, nil, false)
	d.rest.EndPrompt()
	for i, m := range given {
		d.Add(m, p.Tokenizer.EndsGeneration(tokens[i]))
	}
	d.read()
	if known {
		d.End()
	}
	return d
}

// Add takes the next token; ends says whether it ends the response.
func (d *EditDecision) Add(m prompt.Mark, ends bool) {
	for _, part := range d.parts {
		if part != nil {
			part.Add(m, ends)
		}
	}
}

// Edits says whether a part of the arm changes a token.
func (d *EditDecision) Edits(part, token int) bool {
	return part < len(d.parts) && d.parts[part] != nil && d.parts[part].Of(token) == Kept
}

// Any says whether some part changes a token.
func (d *EditDecision) Any(token int) bool {
	for i := range d.parts {
		if d.Edits(i, token) {
			return true
		}
	}
	return false
}

// First is the first token that is changed, of those that are decided on; -1 for none.
func (d *EditDecision) First() int {
	for d.parts != nil && !d.found && d.decided(d.looked) {
		if d.Any(d.looked) {
			d.found = true
		} else {
			d.looked++
		}
	}
	if d.found {
		return d.looked
	}
	return -1
}

// decided says whether it is known what all parts do to a token.
func (d *EditDecision) decided(token int) bool {
	any := false
	for _, part := range d.parts {
		if part != nil && part.Of(token) == Undecided {
			return false
		}
		any = any || part != nil
	}
	return any
}
