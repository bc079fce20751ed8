package capture

import (
	"context"

	"intentprobe/models"
)

// branch is an alternative of several tokens: the model reads all but its last.
type branch struct {
	s         *sequence
	ask, at   int // which alternatives, and behind which token of the sample
	number    int // of the option
	option    option
	slot, row int // the engine's sequence id; first row of the batch
}

// probe reads the alternatives of several tokens of the samples that are decoded
// otherwise, each in a sequence of its own, and closes these samples.
func (r *Runner) probe(ctx context.Context) error {
	var all []branch
	for _, s := range r.probing {
		all = append(all, s.branches()...)
	}
	for len(all) > 0 {
		n, err := r.readBranches(ctx, all)
		if err != nil {
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
				out = append(out, branch{s: s, ask: n, at: at, number: k, option: o})
			}
		}
	}
	return out
}

// readBranches decodes the first of the branches, as many as there is room for.
func (r *Runner) readBranches(ctx context.Context, all []branch) (n int, err error) {
	r.batch.Reset()
	for n < len(all) && len(r.slots) > 0 {
		b := &all[n]
		reads := b.option.tokens[:len(b.option.tokens)-1]
		if r.batch.Len() > 0 && r.batch.Len()+len(reads) > r.Engine.Options().MicroBatch {
			break
		}
		first := b.s.start + b.at + 1
		b.slot, b.row = r.take(), r.batch.Len()
		r.Engine.CopySequence(b.s.slot, b.slot, first)
		for i, t := range reads {
			r.batch.Add(t, first+i, b.slot, true)
		}
		n++
	}
	r.targets = make([]models.Target, r.batch.Len()) // nothing is captured
	if err := r.run(ctx, models.Extent{}, all[0].s); err != nil {
		return n, err
	}
	for _, b := range all[:n] {
		for i, t := range b.option.tokens[1:] {
			logprob, _, err := r.Engine.Score(b.row+i, t)
			if err != nil {
				return n, err
			}
			b.s.answers.logprobs[b.ask][b.number] += float64(logprob)
		}
		r.free(b.slot)
	}
	return n, nil
}
