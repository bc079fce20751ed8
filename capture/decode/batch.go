package decode

import (
	"context"
	"slices"

	"intentprobe/models"
)

// prefill decodes the tokens of samples that are known, wanted and not decoded
// yet, of each at least one, in full micro-batches. Where a point needs the end
// of the last block for every token, those whose logits nobody asks for come
// first, and their pass stops before the unembedding. A sample does not pass a place
// that alternatives branch off before these are read, so the others do not either.
func (r *Runner) prefill(ctx context.Context, samples []*sequence) error {
	left := map[*sequence]int{} // how far each is to be decoded
	for _, s := range samples {
		left[s] = max(s.wanted(), s.decoded+1)
	}
	for len(samples) > 0 {
		var withoutLogits, withLogits []item
		for _, s := range samples {
			needed := false // from the first token with logits on: later ones attend to it
			for at := s.decoded; at < s.nextBranch(left[s]); at++ {
				needed = needed || s.needsLogits(at)
				if r.outputs && !needed {
					withoutLogits = append(withoutLogits, item{s, at})
				} else {
					withLogits = append(withLogits, item{s, at})
				}
			}
		}
		for _, items := range [][]item{withoutLogits, withLogits} {
			for chunk := range slices.Chunk(items, r.Engine.Options().MicroBatch) {
				if err := r.decode(ctx, chunk); err != nil {
					return err
				}
			}
		}
		samples = slices.DeleteFunc(slices.Clone(samples), func(s *sequence) bool { return s.decoded >= left[s] })
	}
	return nil
}

// decode runs one micro-batch, takes its rows, and reads the alternatives that branch
// off at its tokens while these are still the ends of their samples.
func (r *Runner) decode(ctx context.Context, items []item) error {
	r.batch.Reset()
	r.targets = r.targets[:0]
	logits := make([]bool, len(items))
	var branches []branch
	for i, it := range items {
		target, err := it.s.target(it.token)
		if err != nil {
			return err
		}
		logits[i] = it.s.needsLogits(it.token)
		edited := it.s.edits.decision.Any(it.token) || it.s.base != nil && it.s.job.Uses(it.token)
		r.batch.Add(it.s.token(it.token), it.s.start+it.token, it.s.slot, logits[i] || r.outputs && (target.Base != nil || edited))
		it.s.apply(&r.batch, it.token, false)
		r.targets = append(r.targets, target)
	}
	extent := r.extent(items, slices.Contains(logits, true))
	if err := r.decodeBatch(ctx, extent, items[0].s); err != nil {
		return namedEdit(err, func(i int) (*sequence, int) { return items[i].s, items[i].token })
	}
	applied := editsByToken(&r.batch)
	for i, it := range items {
		s := it.s
		if applied != nil {
			s.edits.applied(applied[i], it.token)
		}
		if it.token == s.tokenCount()-1 && logits[i] {
			if err := s.advance(r.Engine, i); err != nil {
				return err
			}
		}
		placed := r.targets[i].Base != nil
		if placed {
			if err := r.topLogits(i, r.targets[i]); err != nil {
				return err
			}
			if err := r.finite(s, it.token, r.targets[i]); err != nil {
				return err
			}
		}
		if err := s.consume(r.Engine, i, it.token, placed, logits[i]); err != nil {
			return err
		}
		s.decoded = it.token + 1
		branches = append(branches, s.branches(it.token)...)
	}
	if err := r.readBranches(ctx, branches); err != nil {
		return err
	}
	for i, it := range items {
		if i+1 < len(items) && items[i+1].s == it.s {
			continue
		}
		if err := r.endIfDone(it.s); err != nil {
			return err
		}
	}
	return r.rewind(ctx, items)
}

// extent says how far a batch must be computed: to the logits if any are asked
// for; else to the last point that is captured, and to the last write into the
// cache if tokens that need every layer will follow.
func (r *Runner) extent(items []item, logits bool) models.Extent {
	if logits {
		return models.Extent{}
	}
	extent := models.Extent{Stop: true, Node: max(0, r.plan.Last()), Forget: true}
	for i, it := range items {
		last := i+1 == len(items) || items[i+1].s != it.s
		if !last {
			continue
		}
		if it.token < it.s.wanted()-1 || it.s.finish == "" || it.s.hasFollowups() {
			extent.Forget = false
			if r.Prepared.Facts.Recurrent { // a block's state may be written after the points in it
				extent.Node = max(extent.Node, r.Map.CacheDone)
			}
		}
		if it.s.needsLaterLogits(it.token) {
			extent.Node = max(extent.Node, r.Map.CacheDone)
		}
	}
	return extent
}

// endIfDone ends a sample of which nothing is left but tokens of no use.
func (r *Runner) endIfDone(s *sequence) error {
	if s.finish == "" || s.decoded < s.wanted() {
		return nil
	}
	r.done.Samples++
	if !s.decision.KeepsAny() {
		r.empty++
	}
	return s.complete()
}
