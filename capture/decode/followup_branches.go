package decode

import (
	"context"

	"intentprobe/models"
)

// followupsDue says whether the follow-ups that wait fill a micro-batch.
func (r *Runner) followupsDue() bool {
	tokens := 0
	for _, s := range r.parents {
		for _, child := range s.followups {
			tokens += len(child.job.Tokens()) + len(child.job.ResponseTokens)
		}
	}
	return len(r.parents) > 0 && tokens >= r.Engine.Options().MicroBatch
}

// rewind takes samples that have ended and have follow-ups back to the end of their
// responses, where stop tokens were decoded after it: a follow-up goes on from the
// conversation that the files record. Where the model's state cannot be taken back, the
// tokens up to there are decoded again.
func (r *Runner) rewind(ctx context.Context, items []item) error {
	for i, it := range items {
		s := it.s
		if last := i+1 == len(items) || items[i+1].s != s; !last || !s.ended || len(s.followups) == 0 || s.decoded <= s.responseEnd() {
			continue
		}
		s.decoded = s.responseEnd()
		if r.Engine.TrimSequence(s.slot, s.decoded) {
			continue
		}
		r.Engine.RemoveSequence(s.slot)
		if err := r.decodeAgain(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// decodeAgain puts a sample's tokens into the cache, as far as it was decoded.
func (r *Runner) decodeAgain(ctx context.Context, s *sequence) error {
	for from := 0; from < s.decoded; from += r.Engine.Options().MicroBatch {
		r.batch.Reset()
		for at := from; at < min(from+r.Engine.Options().MicroBatch, s.decoded); at++ {
			r.batch.Add(s.token(at), at, s.slot, r.outputs && s.edits.decision.Any(at))
			s.apply(&r.batch, at, true)
		}
		r.targets = make([]models.Target, r.batch.Len()) // nothing is captured
		if err := r.decodeBatch(ctx, models.Extent{Stop: true, Node: max(r.plan.Last(), r.Map.CacheDone)}, s); err != nil {
			return err
		}
	}
	return nil
}

// beginFollowups begins the follow-ups that have waited longest, as many as fill a
// micro-batch, each in a sequence that goes on from its parent's end.
func (r *Runner) beginFollowups() (admitted []*sequence) {
	tokens := 0
	for len(r.parents) > 0 && len(r.slots) > r.Prepared.BranchSequences() {
		parent := r.parents[0]
		s := parent.followups[0]
		tokens += len(s.job.Tokens()) + len(s.job.ResponseTokens)
		full := len(admitted) > 0 && tokens > r.Engine.Options().MicroBatch
		if full || !s.job.TokensKnown() && r.sampled() >= r.batchSize() {
			return admitted
		}
		parent.followups = parent.followups[1:]
		s.slot, s.start = r.take(), parent.endPosition()
		r.Engine.CopySequence(parent.slot, s.slot)
		s.open(r)
		admitted, r.running = append(admitted, s), append(r.running, s)
		if len(parent.followups) == 0 {
			r.parents = r.parents[1:]
			r.free(parent.slot)
		}
	}
	return admitted
}
