package decode

import (
	"math"
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/plan"
	"intentprobe/capture/prompt"
	"intentprobe/models"
)

// edits is what the interventions of a sample's arm do to it.
type edits struct {
	arm      *arm.Arm // nil for none
	decision *plan.EditDecision
	swaps    []*swapped // of each part of the arm, where it is a swap
	tokens   map[int]*editedToken

	missing     int     // tokens for which a swap found no counterpart
	count       int     // tokens that were changed
	rows        int     // rows that were changed: of a token one for each edited point
	ratios      int     // of these, rows that were not zero before
	norm, ratio float64 // sums over these
}

// swapped is where a swap takes rows from.
type swapped struct {
	*plan.SwapOrder
	from *base
}

// editedToken is what was done to a token.
type editedToken struct {
	parts  []bool      // which parts of the arm changed it
	scores [][]float32 // of the conditions of the arm's parts, one number each; nil where there is none
}

// newEdits begins with nothing done.
func (s *sequence) newEdits(r *Runner) *edits {
	e := &edits{decision: s.p.DecideEdits(s.job, s.start, s.marks, s.job.ResponseMarks, s.job.ResponseTokens, s.job.TokensKnown()), tokens: map[int]*editedToken{}}
	if s.job.Arm == nil || len(s.job.Arm.Parts) == 0 {
		return e
	}
	e.arm = s.job.Arm
	for _, order := range s.job.Swaps {
		var of *swapped
		if order != nil {
			of = &swapped{order, r.bases[order.Source]}
		}
		e.swaps = append(e.swaps, of)
	}
	return e
}

// other gives the row that a swap puts in the place of a token's, nil where there is none:
// the source ended before. The response begins after so many tokens of the prompt.
func (s *swapped) other(keep, token, prompted int) []float32 {
	at := s.After + token - prompted
	if token < prompted {
		at = s.Prompt[token]
	}
	return s.from.rows[keptRow{keep, at}]
}

// apply adds to the batch what the interventions do to a token of a sample, which is the
// batch's last, and what other samples need of it. Where the token is read once more, what
// was done to it is done again.
func (s *sequence) apply(b *models.Batch, token int, again bool) {
	at := b.Len() - 1
	if s.base != nil && !again {
		s.base.keep(s, b, token, at)
	}
	if s.edits.arm == nil || !s.edits.decision.Any(token) {
		return
	}
	done := s.edits.tokens[token]
	if again && done == nil {
		return
	}
	if !again {
		done = &editedToken{parts: make([]bool, len(s.edits.arm.Parts))}
		s.edits.tokens[token] = done
	}
	for n := range s.edits.arm.Parts {
		if again && !done.parts[n] || !s.edits.decision.Edits(n, token) {
			continue
		}
		s.applyPart(b, n, place{token, at, len(s.prompt)}, done, again)
	}
}

// place is where a token stands: in its sample, and in the batch. The response begins after
// so many tokens of the prompt.
type place struct{ token, at, prompted int }

// applyPart adds one intervention to the batch.
func (s *sequence) applyPart(b *models.Batch, n int, p place, done *editedToken, again bool) {
	part := &s.edits.arm.Parts[n]
	var score []float32
	if part.When != nil && !again {
		score = []float32{float32(math.NaN())}
		done.scores = append(done.scores, score)
		b.Edits = append(b.Edits, models.Application{Edit: part.When.Score, Token: p.at, Out: score})
	}
	for k, edit := range part.Edits {
		a := models.Application{Edit: edit, Token: p.at, When: score, Owner: n}
		if part.When != nil {
			a.Above = part.When.Above
		}
		if part.Swap != nil {
			if a.Other = s.edits.swaps[n].other(part.Swap.Keeps[k], p.token, p.prompted); a.Other == nil {
				s.edits.missing++
				continue
			}
		}
		b.Edits = append(b.Edits, a)
	}
}

// decideBranch says what the interventions do to tokens that follow what was decoded of a
// sample, were they its response, or the rest of it.
func (s *sequence) decideBranch(tokens []models.Token) *plan.EditDecision {
	if s.edits.arm == nil {
		return nil
	}
	prompted := min(s.decoded, len(s.prompt))
	marker := prompt.NewResponseMarker(s.p.Tokenizer, s.p.SpanSets, s.job.Prompt.Prompt, nil)
	response := slices.Concat(s.response[:s.decoded-prompted], tokens)
	var marks []prompt.Mark
	for i, t := range response {
		marker.Push(t)
		marks = append(marks, marker.Seen(i))
	}
	return s.p.DecideEdits(s.job, s.start, s.marks[:prompted], marks, response, true)
}

// applyAside adds to the batch what the interventions do to a token, which is the batch's
// last and not the sample's own.
func (s *sequence) applyAside(b *models.Batch, decision *plan.EditDecision, token int) {
	if s.edits.arm == nil {
		return
	}
	for n := range s.edits.arm.Parts {
		if decision.Edits(n, token) {
			s.applyPart(b, n, place{token, b.Len() - 1, min(s.decoded, len(s.prompt))}, &editedToken{}, false)
		}
	}
}

// editsByToken gives what was applied to each token of a batch, in its order; nil of none.
func editsByToken(b *models.Batch) [][]*models.Application {
	if len(b.Edits) == 0 {
		return nil
	}
	out := make([][]*models.Application, b.Len())
	for i := range b.Edits {
		a := &b.Edits[i]
		out[a.Token] = append(out[a.Token], a)
	}
	return out
}

// applied takes over what was done to a token.
func (e *edits) applied(to []*models.Application, token int) {
	done := e.tokens[token]
	if done == nil {
		return
	}
	for _, a := range to {
		if a.Added < 0 {
			continue
		}
		done.parts[a.Owner] = true
		if !a.Last {
			continue
		}
		e.rows++
		e.norm += float64(a.Added)
		if a.Before > 0 {
			e.ratios++
			e.ratio += float64(a.Added) / float64(a.Before)
		}
	}
	if slices.Contains(done.parts, true) {
		e.count++
	}
}

// names lists the interventions that changed a token, and gives the scores of their
// conditions.
func (e *edits) names(token int) (names []string, scores []float64) {
	done := e.tokens[token]
	if done == nil {
		return nil, nil
	}
	for n, part := range done.parts {
		if part {
			names = append(names, e.arm.Parts[n].Name)
		}
	}
	for _, score := range done.scores {
		scores = append(scores, float64(score[0]))
	}
	return names, scores
}

// means gives the means over the rows that were changed, of the ratio over those that were
// not zero before; nil where there was none.
func (e *edits) means() (norm, ratio *float64) {
	if e.rows > 0 {
		norm = new(e.norm / float64(e.rows))
	}
	if e.ratios > 0 {
		ratio = new(e.ratio / float64(e.ratios))
	}
	return norm, ratio
}
