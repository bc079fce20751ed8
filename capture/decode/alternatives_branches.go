package decode

import (
	"context"
	"math"
	"slices"

	"intentprobe/capture/plan"
	"intentprobe/models"
)

// branch is an alternative of several tokens: the model reads all but its last after
// the sample's end, as this is at the moment.
type branch struct {
	s       *sequence
	slot    int // the engine's sequence id
	option  plan.Option
	edits   *plan.EditDecision // of the tokens up to the option's end
	logprob *float64           // grows by that of each token but the first
}

// branchToken is one token of a branch that the model reads.
type branchToken struct {
	*branch
	number int
}

// branches lists the alternatives of several tokens after a token.
func (s *sequence) branches(token int) (out []branch) {
	for _, n := range s.alternativesAt(token) {
		for k, o := range s.alternatives.planned[n].Options {
			if len(o.Tokens) > 1 {
				out = append(out, branch{s: s, option: o, logprob: &s.alternatives.of(n, token)[k]})
			}
		}
	}
	return out
}

// nextBranch is how many tokens of the sample may be decoded, of so many at most, until
// alternatives branch off: once it has gone on, the cache does not hold what they need.
func (s *sequence) nextBranch(most int) int {
	for at := s.decoded; at < most; at++ {
		if len(s.branches(at)) > 0 {
			return at + 1
		}
	}
	return most
}

// readBranches decodes branches, each in a sequence of its own that goes on from its
// sample's end.
func (r *Runner) readBranches(ctx context.Context, all []branch) error {
	for some := range slices.Chunk(all, max(1, r.Prepared.BranchSequences())) {
		var tokens []branchToken
		for i := range some {
			b := &some[i]
			b.slot, b.edits = r.take(), b.s.decideBranch(b.option.Tokens)
			r.Engine.CopySequence(b.s.slot, b.slot)
			for n := range b.option.Tokens[1:] {
				tokens = append(tokens, branchToken{b, n})
			}
		}
		for chunk := range slices.Chunk(tokens, r.Engine.Options().MicroBatch) {
			if err := r.readTokens(ctx, chunk); err != nil {
				return err
			}
		}
		for i := range some {
			r.free(some[i].slot)
		}
	}
	return nil
}

// readTokens decodes one micro-batch of branches and adds up what it tells.
func (r *Runner) readTokens(ctx context.Context, tokens []branchToken) error {
	r.batch.Reset()
	for _, t := range tokens {
		r.batch.Add(t.option.Tokens[t.number], t.s.start+t.s.decoded+t.number, t.slot, true)
		t.s.applyAside(&r.batch, t.edits, t.s.decoded+t.number)
	}
	r.targets = make([]models.Target, len(tokens)) // nothing is captured
	if err := r.decodeBatch(ctx, models.Extent{}, tokens[0].s); err != nil {
		return namedEdit(err, func(i int) (*sequence, int) { return tokens[i].s, tokens[i].s.decoded + tokens[i].number })
	}
	for i, t := range tokens {
		logprob, entropy, err := r.Engine.Score(i, t.option.Tokens[t.number+1])
		if err != nil {
			return err
		}
		if math.IsNaN(float64(entropy)) {
			return t.s.notFinite(t.s.decoded+t.number, "the logits of an alternative are")
		}
		*t.logprob += float64(logprob)
	}
	return nil
}
