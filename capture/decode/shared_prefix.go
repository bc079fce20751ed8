package decode

import (
	"context"
	"slices"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// sharedPrefix is the start of one or more prompts, decoded once: its keys and
// values in a sequence of the engine's own, and what its rows hold.
type sharedPrefix struct {
	tokens   []models.Token
	next     models.Token // after them: what the last log-probability is of
	slot     int
	places   []models.Target // of its rows, empty ones for those not captured
	memory   []*rowmem.Slab  // of its rows, if they are captured
	entropy  []float32
	logprob  []float32 // of the token after each position
	scores   [][]float32
	captured bool
}

// usePrefixes gives a new sample the beginnings that it shares with its neighbours,
// decoding those that are not there yet, and writes their rows for it.
func (r *Runner) usePrefixes(ctx context.Context, s *sequence, lengths []int) error {
	for level, n := range lengths {
		tokens := s.prompt[:n]
		if level < len(r.shared) && slices.Equal(r.shared[level].tokens, tokens) &&
			(r.shared[level].next == s.prompt[n] || !s.scored(phasePrompt)) {
			continue
		}
		if level == len(r.shared)-1 && r.shared[level].goesOn(s, n) {
			if err := r.extendPrefix(ctx, s, r.shared[level], tokens); err != nil {
				return err
			}
			continue
		}
		for _, b := range r.shared[min(level, len(r.shared)):] {
			r.Engine.RemoveSequence(b.slot)
		}
		r.shared = r.shared[:min(level, len(r.shared))]
		if err := r.decodePrefix(ctx, s, tokens, level); err != nil {
			return err
		}
	}
	if len(lengths) == 0 {
		return nil
	}
	b := r.shared[len(lengths)-1]
	r.Engine.CopySequence(b.slot, s.slot)
	if err := r.copyPrefixRows(s, r.shared[:len(lengths)]); err != nil {
		return err
	}
	s.decoded = len(b.tokens)
	return nil
}

// decodePrefix decodes the tokens of a prompt that a level of sharing adds to
// the one before it.
func (r *Runner) decodePrefix(ctx context.Context, s *sequence, tokens []models.Token, level int) error {
	from := 0
	if level > 0 {
		before := r.shared[level-1]
		from = len(before.tokens)
		r.Engine.CopySequence(before.slot, level)
	}
	b := &sharedPrefix{tokens: tokens[:from], slot: level, captured: r.Prepared.PromptRows}
	r.shared = append(r.shared, b)
	return r.extendPrefix(ctx, s, b, tokens)
}

// goesOn says whether a beginning, with what it tells of the token after it, is one of a
// longer beginning of a sample's prompt.
func (b *sharedPrefix) goesOn(s *sequence, n int) bool {
	have := len(b.tokens)
	return have < n && slices.Equal(b.tokens, s.prompt[:have]) && (b.next == s.prompt[have] || !s.scored(phasePrompt))
}

// extendPrefix decodes the tokens that a beginning lacks of a longer one.
func (r *Runner) extendPrefix(ctx context.Context, s *sequence, b *sharedPrefix, tokens []models.Token) error {
	from, size := len(b.tokens), r.Engine.Options().MicroBatch
	b.tokens, b.next = tokens, s.prompt[len(tokens)]
	var memory *rowmem.Slab
	if b.captured {
		memory = rowmem.NewSlab(r.layout, len(tokens)-from)
		b.memory = append(b.memory, memory)
	}
	for start := from; start < len(tokens); start += size {
		end := min(start+size, len(tokens))
		r.batch.Reset()
		r.targets = r.targets[:0]
		logits := s.scored(phasePrompt) || b.captured && r.Prepared.HasSite(hooks.Logits)
		for at := start; at < end; at++ {
			var place models.Target
			if b.captured {
				place = models.Target(memory.Place(at - from))
			}
			r.batch.Add(tokens[at], at, b.slot, logits || r.outputs && b.captured)
			r.targets = append(r.targets, place)
			b.places = append(b.places, place)
		}
		extent := models.Extent{Stop: !logits, Node: max(0, r.plan.Last())}
		if r.laterLogits {
			extent.Node = max(extent.Node, r.Map.CacheDone)
		}
		if err := r.decodeBatch(ctx, extent, s); err != nil {
			return err
		}
		for at := start; at < end; at++ {
			if err := r.scorePrefix(b, s, at-start, at, logits); err != nil {
				return err
			}
			scores, err := r.scoresOf(at-start, s, at)
			if err != nil {
				return err
			}
			b.scores = append(b.scores, scores)
		}
	}
	return nil
}

// scorePrefix keeps what the logits of row i, the token at a position, tell.
func (r *Runner) scorePrefix(b *sharedPrefix, s *sequence, i, at int, logits bool) error {
	logprob, entropy := nan, nan
	if logits {
		row := rundir.Row{Entropy: nan}
		if err := s.score(r.Engine, i, at, &row); err != nil {
			return err
		}
		logprob, entropy = s.nextLogprob, row.Entropy
		if b.captured {
			if err := r.topLogits(i, b.places[len(b.entropy)]); err != nil {
				return err
			}
		}
	}
	b.logprob, b.entropy = append(b.logprob, logprob), append(b.entropy, entropy)
	return nil
}

// copyPrefixRows writes the rows of shared prefixes as rows of a sample.
func (r *Runner) copyPrefixRows(s *sequence, shared []*sharedPrefix) error {
	at := 0
	s.nextLogprob = nan
	for _, b := range shared {
		for i := range b.entropy {
			row := s.row(at)
			row.Entropy, row.Probes = b.entropy[i], b.scores[i]
			if s.scored(phasePrompt) {
				s.nextLogprob = b.logprob[i]
			}
			at++
			if !s.keeps(int(row.Position)) {
				continue
			}
			place, err := s.sink.Reserve()
			if err != nil {
				return err
			}
			r.layout.Copy(rowmem.Place(place), rowmem.Place(b.places[i]))
			s.reserved = append(s.reserved, place)
			if err := s.take(row); err != nil {
				return err
			}
		}
	}
	return nil
}
