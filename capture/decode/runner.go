package decode

import (
	"context"
	"fmt"

	"intentprobe/capture/plan"
	"intentprobe/capture/selection"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rowmem"
)

// Progress says how far a run has come. A Runner reports it after every decode.
type Progress struct {
	Samples, TotalSamples int   // TotalSamples is 0 where the source does not know
	Tokens                int64 // decoded so far, prompts included
	Generated             int64 // of these, sampled
}

// Runner decodes the samples that a source gives and hands their rows to a sink. It is
// used once.
type Runner struct {
	Prepared *plan.Prepared
	Map      *hooks.Map // of the engine's own graphs
	Engine   Decoder
	Source   Source
	Sink     Sink
	Progress func(Progress) // may be nil
	Watch    func(Watched)  // may be nil; told of the tokens of responses as they are read
	Sound    func() error   // may be nil; asked before rows are committed, and its error drops them

	plan        *hooks.Plan
	layout      *rowmem.Layout
	outputs     bool // the plan reads what is computed for output tokens alone
	laterLogits bool // some sample needs logits after the beginning of its prompt
	batch       models.Batch
	targets     []models.Target
	shared      []*sharedPrefix
	running     []*sequence
	parents     []*sequence            // ended, with follow-ups that are not asked yet
	slots       []int                  // free sequence ids, the next last
	reserve     int                    // of these, kept for branches
	room        int                    // cells of the cache for samples, beside the shared beginnings
	cells       int                    // of these, promised to samples under way
	bases       map[int]*base          // by the samples' numbers
	edited      []*selection.Selection // expressions by which arms edit tokens
	done        Progress
	empty       int64 // samples of which no token was selected
	unaligned   int64 // tokens that were not swapped
}

// Done says how far the run has come.
func (r *Runner) Done() Progress { return r.done }

// Empty counts the samples of which no token was selected.
func (r *Runner) Empty() int64 { return r.empty }

// Unaligned counts the tokens that were not swapped, since the sample that their rows were
// to come from had ended before.
func (r *Runner) Unaligned() int64 { return r.unaligned }

// item is one token of a batch: of which sample, and which of its tokens.
type item struct {
	s     *sequence
	token int
}

// decodeBatch decodes r.batch, of which s is the first sample.
func (r *Runner) decodeBatch(ctx context.Context, extent models.Extent, s *sequence) error {
	if err := r.Engine.Decode(ctx, &r.batch, extent, r.targets); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("sample %d (prompt %q): %w", s.sink.ID(), s.job.ID(), err)
	}
	r.done.Tokens += int64(r.batch.Len())
	if r.Progress != nil {
		r.Progress(r.done)
	}
	return nil
}

// batchSize is how many sampled sequences are decoded at once.
func (r *Runner) batchSize() int { return int(r.Prepared.Spec.Engine.Batch) }

// sampled counts the samples under way whose tokens are drawn.
func (r *Runner) sampled() (n int) {
	for _, s := range r.running {
		if !s.job.TokensKnown() {
			n++
		}
	}
	return n
}

// take gives a free sequence id.
func (r *Runner) take() int {
	slot := r.slots[len(r.slots)-1]
	r.slots = r.slots[:len(r.slots)-1]
	return slot
}

// free gives a sequence id back.
func (r *Runner) free(slot int) {
	r.Engine.RemoveSequence(slot)
	r.slots = append(r.slots, slot)
}
