package capture

import (
	"context"
	"slices"

	"intentprobe/models"
)

// branch is an alternative of several tokens: the model reads all but its last.
type branch struct {
	s       *sequence
	at      int // token of the sample behind which it goes on
	slot    int // the engine's sequence id
	option  option
	logprob *float64 // grows by that of each token but the first
}

// branchToken is one token of a branch that the model reads.
type branchToken struct {
	*branch
	number int
}

// probe reads the alternatives of several tokens of the samples that are decoded
// otherwise, each in a sequence of its own, and closes these samples.
func (r *Runner) probe(ctx context.Context) error {
	var all []branch
	for _, s := range r.probing {
		all = append(all, s.branches()...)
	}
	for len(all) > 0 {
		n := min(len(all), len(r.slots))
		if err := r.readBranches(ctx, all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	for _, s := range r.probing {
		r.done.Samples++
		if err := s.complete(); err != nil {
			return err
		}
	}
	r.probing = nil
	return nil
}

// branches lists the alternatives of several tokens.
func (s *sequence) branches() (out []branch) {
	for n := range s.answers.asks {
		a := &s.answers.asks[n]
		at := a.at
		if at < 0 {
			at = s.lastContent()
		}
		for k, o := range a.options {
			if len(o.tokens) > 1 {
				out = append(out, branch{s: s, at: at, option: o, logprob: &s.answers.logprobs[n][k]})
			}
		}
	}
	return out
}

// readBranches decodes branches, for which there are sequences, in full micro-batches.
func (r *Runner) readBranches(ctx context.Context, all []branch) error {
	var tokens []branchToken
	for i := range all {
		b := &all[i]
		b.slot = r.take()
		r.Engine.CopySequence(b.s.slot, b.slot, b.s.start+b.at+1)
		for n := range b.option.tokens[1:] {
			tokens = append(tokens, branchToken{b, n})
		}
	}
	for chunk := range slices.Chunk(tokens, r.Engine.Options().MicroBatch) {
		r.batch.Reset()
		for _, t := range chunk {
			r.batch.Add(t.option.tokens[t.number], t.s.start+t.at+1+t.number, t.slot, true)
		}
		r.targets = make([]models.Target, len(chunk)) // nothing is captured
		if err := r.run(ctx, models.Extent{}, chunk[0].s); err != nil {
			return err
		}
		for i, t := range chunk {
			logprob, _, err := r.Engine.Score(i, t.option.tokens[t.number+1])
			if err != nil {
				return err
			}
			*t.logprob += float64(logprob)
		}
	}
	for i := range all {
		r.free(all[i].slot)
	}
	return nil
}
