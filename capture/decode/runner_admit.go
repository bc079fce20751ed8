package decode

import (
	"context"

	"intentprobe/capture/plan"
	"intentprobe/models"
)

// reset forgets what was decoded before.
func (r *Runner) reset() {
	r.Engine.Clear()
	r.shared, r.running, r.parents, r.cells, r.slots = nil, nil, nil, 0, nil
	for slot := r.Engine.Options().Sequences - 1; slot >= r.prefixSequences(); slot-- {
		r.slots = append(r.slots, slot)
	}
	_, branches := r.Prepared.WaitingParents()
	r.reserve = max(min(1, r.Prepared.FamilySize-1)+r.Prepared.BranchSequences(), min(branches, len(r.slots)/2))
}

// close frees what samples hold that have not ended.
func (r *Runner) close() {
	for _, s := range r.running {
		s.close()
	}
}

// prefixesOf says which beginnings of prompts are decoded once for all, nil for none.
func (r *Runner) prefixesOf(families []family) [][]int {
	if r.Prepared.Solo {
		return nil
	}
	var prompts [][]models.Token
	var limits []int
	limit := r.Engine.Options().MicroBatch
	for i := range families {
		j := families[i].job
		prompts, limits = append(prompts, j.Tokens()), append(limits, j.Unchanged())
		for k := range j.Prompt.Alternatives {
			if at := j.Prompt.Alternatives[k].At; at >= 0 {
				limit = min(limit, at) // its logits are of the sample's own decode
			}
		}
	}
	for i := range limits {
		limits[i] = min(limits[i], limit)
	}
	return plan.PrefixLengths(prompts, r.Prepared.Spec.Capture.Logprobs != "all", limits)
}

// prefixSequences is how many sequences of the engine hold shared beginnings of prompts.
func (r *Runner) prefixSequences() int {
	if r.Prepared.Solo {
		return 0
	}
	return 2
}

// admits says whether a sample may begin beside those that run and those that
// are to be prefilled with it. Samples whose tokens are all known fill a
// micro-batch; of the others engine.batch run at once.
func (r *Runner) admits(f *family, admitted []*sequence) bool {
	busy := len(r.running)+len(r.parents) > 0 // those that were admitted run
	if !r.sourcesEnded(f.job) || len(r.slots) <= r.reserve || busy && r.cells+f.cells() > r.room {
		return false
	}
	tokens := len(f.job.Tokens()) + len(f.job.ResponseTokens)
	for _, s := range admitted {
		tokens += s.tokenCount()
	}
	if len(admitted) > 0 && tokens > r.Engine.Options().MicroBatch {
		return false
	}
	return f.job.TokensKnown() || r.sampled() < r.batchSize()
}

// begin begins a sample and tells the sink of its follow-ups, whose ids come right
// after its own.
func (r *Runner) begin(f *family) *sequence {
	if r.Prepared.Solo {
		r.Engine.Clear()
	}
	s := r.newSequence(f.job, nil)
	for i := range f.followups {
		s.followups = append(s.followups, r.newSequence(&f.followups[i], s))
	}
	s.slot, s.cells = r.take(), f.cells()
	r.cells += s.cells
	s.open(r)
	s.unended = len(s.followups)
	r.running = append(r.running, s)
	return s
}

// retire lets go of samples that have ended: those with follow-ups keep their place in
// the cache until these have begun.
func (r *Runner) retire() {
	var left []*sequence
	for _, s := range r.running {
		switch {
		case !s.ended:
			left = append(left, s)
			continue
		case len(s.followups) > 0:
			r.parents = append(r.parents, s)
		default:
			r.free(s.slot)
		}
		s.close()
		r.letGo(s.job)
		r.unaligned += int64(s.edits.missing)
		if s.parent != nil {
			s.parent.unended--
			s = s.parent
		}
		if s.unended == 0 {
			r.cells -= s.cells
		}
	}
	r.running = left
}

// step decodes the token that each running sample drew last and draws the next.
// The last token of a response is decoded too: it has a row like every other.
func (r *Runner) step(ctx context.Context, running []*sequence) error {
	items := make([]item, 0, len(running))
	for _, s := range running {
		items = append(items, item{s, s.pending()})
	}
	r.done.Generated += int64(len(items))
	return r.decode(ctx, items)
}

// newSequence opens the next sample of the sink.
func (r *Runner) newSequence(j *plan.Job, parent *sequence) *sequence {
	s := &sequence{p: r.Prepared, job: j, parent: parent}
	sel := j.Selection(s.p)
	s.held = !j.TokensKnown() && (sel.Lags() || j.Waits())
	switch {
	case s.held:
		s.sink = r.Sink.BeginHeld()
	case parent == nil && (j.TokensKnown() || sel.PromptOnly()):
		s.sink = r.Sink.Begin(j.MostRows)
	default:
		s.sink = r.Sink.Begin(-1)
	}
	return s
}
