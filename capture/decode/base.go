package decode

import (
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/plan"
	"intentprobe/capture/selection"
	"intentprobe/models"
)

// base is a sample of the arm none, as far as samples of other arms need it: its
// distributions, to be held against, and rows that are swapped in.
type base struct {
	s      *sequence
	users  int // samples that are under way or to come and need it
	logits map[int][]float32
	rows   map[keptRow][]float32
	firsts []*firstEdited // of the tokens that arms edit, had this sample been theirs
}

// keptRow is a row that swaps use: of which edit, and of which of the sample's tokens.
type keptRow struct{ keep, token int }

// firstEdited is the first token that an expression selects.
type firstEdited struct {
	decision *plan.RowDecision
	looked   int // tokens before it are not selected
	found    bool
}

// newBases counts who needs whom among the samples of a group.
func (r *Runner) newBases(jobs []plan.Job) {
	r.bases = map[int]*base{}
	if r.Prepared.Arms == nil {
		return
	}
	r.edited = editedTokens(r.Prepared.Arms)
	for i := range jobs {
		for _, at := range needs(&jobs[i]) {
			if r.bases[at] == nil {
				r.bases[at] = &base{logits: map[int][]float32{}, rows: map[keptRow][]float32{}}
			}
			r.bases[at].users++
		}
	}
}

// needs lists the samples of the arm none that a sample needs, itself where it is one.
func needs(j *plan.Job) (out []int) {
	if j.Base >= 0 {
		out = append(out, j.Base)
	}
	for _, order := range j.Swaps {
		if order != nil && !slices.Contains(out, order.Source) {
			out = append(out, order.Source)
		}
	}
	return out
}

// letGo forgets the bases that nobody needs any more after a sample.
func (r *Runner) letGo(j *plan.Job) {
	for _, at := range needs(j) {
		b := r.bases[at]
		if b.users--; b.users == 0 {
			delete(r.bases, at)
		}
	}
}

// sourcesEnded says whether the samples that a sample takes rows from have ended.
func (r *Runner) sourcesEnded(j *plan.Job) bool {
	for _, order := range j.Swaps {
		if order != nil && (r.bases[order.Source].s == nil || !r.bases[order.Source].s.ended) {
			return false
		}
	}
	return true
}

// begin makes a sample of the arm none the one that others are held against, which edit the
// tokens of these expressions.
func (b *base) begin(s *sequence, edited []*selection.Selection) {
	b.s = s
	for _, of := range edited {
		b.firsts = append(b.firsts, &firstEdited{decision: s.p.DecideAtOnce(of, s.job, s.start, s.marks)})
	}
	b.look()
}

// editedTokens lists the expressions by which arms edit tokens, each once.
func editedTokens(set *arm.Set) (out []*selection.Selection) {
	seen := map[string]bool{}
	for i := range set.Arms {
		for _, part := range set.Arms[i].Parts {
			if text := part.Tokens.String(); !seen[text] {
				seen[text] = true
				out = append(out, part.Tokens)
			}
		}
	}
	return out
}

// look finds the first tokens that are known by now.
func (b *base) look() {
	for _, f := range b.firsts {
		for !f.found && f.decision.Of(f.looked) != plan.Undecided {
			if f.found = f.decision.Of(f.looked) == plan.Kept; !f.found {
				f.looked++
			}
		}
	}
}

// compared says whether the distribution after a token is one that other arms are held
// against: after the first edited token, or after the prompt's last where that is later.
func (b *base) compared(token int) bool {
	return slices.ContainsFunc(b.firsts, func(f *firstEdited) bool {
		return f.found && token == max(f.looked, len(b.s.prompt)-1)
	})
}

// keep adds to the batch that rows of a token are kept which others swap in.
func (b *base) keep(s *sequence, batch *models.Batch, token, at int) {
	for i := range s.job.Keeps {
		k := &s.job.Keeps[i]
		if !k.Holds(token) {
			continue
		}
		row := make([]float32, s.p.Arms.Edits[k.Edit].Floats)
		b.rows[keptRow{k.Edit, token}] = row
		batch.Edits = append(batch.Edits, models.Application{Edit: k.Edit, Token: at, Out: row})
	}
}

// divergenceAt says after which token the distribution of a sample is held against its
// base's; -1 for none, or while it is not known.
func (s *sequence) divergenceAt() int {
	if s.edits.arm == nil || s.against == nil {
		return -1
	}
	if first := s.edits.decision.First(); first >= 0 {
		return max(first, len(s.prompt)-1)
	}
	return -1
}

// compare takes what the arms need of the logits of row i, those after a token.
func (s *sequence) compare(e Decoder, i, token int) error {
	if s.base != nil && s.base.compared(token) {
		logits, err := e.Logits(i)
		if err != nil {
			return err
		}
		s.base.logits[token] = slices.Clone(logits)
	}
	if s.kl != nil || token != s.divergenceAt() || !s.against.sameUpTo(s, token) {
		return nil
	}
	kl, err := e.Divergence(i, s.against.logits[token])
	s.kl = &kl
	return err
}

// sameUpTo says whether the base has read the same tokens, and its distribution after them
// is there.
func (b *base) sameUpTo(s *sequence, token int) bool {
	if b.logits[token] == nil {
		return false
	}
	for i := len(s.prompt); i <= token; i++ {
		if i >= b.s.tokenCount() || b.s.token(i) != s.token(i) {
			return false
		}
	}
	return true
}
