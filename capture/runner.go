package capture

import (
	"context"
	"errors"
	"io"

	"intentprobe/hooks"
	"intentprobe/models"
)

// Decoder is what a run needs of a model's context; *models.Context is one. Its
// methods are called from one goroutine. Row numbers count the tokens of the
// last batch.
type Decoder interface {
	Options() models.ContextOptions
	SetPlan(*hooks.Plan) error
	Decode(context.Context, *models.Batch, models.Extent, []models.Target) error
	Score(row int, next models.Token) (logprob, entropy float32, err error)
	Logits(row int) ([]float32, error)
	Sample(s *models.Sampler, row int) models.Token
	CopySequence(from, to int)
	TrimSequence(sequence, tokens int) bool
	RemoveSequence(sequence int)
	Clear()
}

// Progress is told after every decode how far a run has come.
type Progress struct {
	Samples, TotalSamples int   // TotalSamples is 0 where the source does not know
	Tokens                int64 // decoded so far, prompts included
	Generated             int64 // of these, sampled
}

// Runner decodes the samples that a source gives and hands their rows to a sink. It is
// used once.
type Runner struct {
	Prepared *Prepared
	Map      *hooks.Map // of the engine's own graphs
	Engine   Decoder
	Source   Source
	Sink     Sink
	Progress func(Progress) // may be nil
	Sound    func() error   // may be nil; asked before rows are committed, and its error drops them

	plan    *hooks.Plan
	layout  *rowLayout
	outputs bool // the plan reads what is computed for output tokens alone
	heard   bool // some sample needs logits behind the beginning of its prompt
	batch   models.Batch
	targets []models.Target
	shared  []*beginning
	running []*sequence
	asking  []*sequence // ended, with follow-ups that are not asked yet
	slots   []int       // free sequence ids, the next last
	reserve int         // of these, kept for branches
	room    int         // cells of the cache for samples, beside the shared beginnings
	cells   int         // of these, promised to samples under way
	done    Progress
	empty   int64 // samples of which no token was selected
}

// Run decodes the groups of the source, one after another, and commits each, until the
// source has no more. When ctx ends or a decode fails, the sink is told to abandon the
// group under way before the error is returned: what was finished of it may be kept.
// After an error of the sink nothing more is decoded. See Sink and Source for what is
// called when.
func (r *Runner) Run(ctx context.Context) error {
	p := r.Prepared
	var err error
	if r.plan, err = p.hookPlan(r.Map); err != nil {
		return err
	}
	if err := r.Engine.SetPlan(r.plan); err != nil {
		return err
	}
	columns := p.Columns()
	r.layout, r.outputs, r.heard = newRowLayout(columns), r.plan.Outputs(), p.heard()
	r.room = r.Engine.Options().Tokens - r.beginnings()*p.longestPrompt()
	r.done.TotalSamples = r.Source.Samples()
	if err := r.Sink.Start(columns); err != nil {
		return err
	}
	for {
		g, err := r.Source.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.group(ctx, g); err != nil {
			return err
		}
	}
}

// group decodes a group and commits it.
func (r *Runner) group(ctx context.Context, g *JobGroup) error {
	if err := r.Sink.StartGroup(g.Number, g.First); err != nil {
		return err
	}
	err := r.decodeJobs(ctx, g.Jobs)
	if r.Sound != nil {
		if serr := r.Sound(); serr != nil {
			return r.Sink.Discard(serr)
		}
	}
	if err != nil {
		return errors.Join(err, ignoreSticky(err, r.Sink.Abandon()))
	}
	return r.Sink.Commit()
}

// hookPlan locates the points in the engine's own graphs: the context that was
// surveyed for the choice of points may have computed attention in another way.
func (p *Prepared) hookPlan(m *hooks.Map) (*hooks.Plan, error) {
	plan := &hooks.Plan{Half: p.Spec.Capture.DType == "float16"}
	for _, want := range p.Points {
		if want.Site == hooks.Logits {
			continue // not copied, but chosen from
		}
		at, ok := m.Find(want.Point)
		if !ok {
			return nil, &hooks.AbsentPointError{Point: want.Point, Why: m.Absent[want.Point]}
		}
		at.Shape = want.Shape
		plan.Points = append(plan.Points, at)
	}
	return plan, nil
}

// ignoreSticky drops the sink's error where it is the one that is told already.
func ignoreSticky(told, err error) error {
	if err != nil && errors.Is(told, err) {
		return nil
	}
	return err
}

// decodeJobs decodes the samples of a group: as many at once as there is room for, and
// where one ends the next begins. Follow-ups wait until they fill a micro-batch. Who
// is decoded with whom is decided by the spec and by how long the responses become,
// never by time.
func (r *Runner) decodeJobs(ctx context.Context, jobs []Job) error {
	r.reset()
	defer r.close()
	families := familiesOf(jobs)
	lengths := r.sharing(families)
	for next := 0; next < len(families) || len(r.running)+len(r.asking) > 0; {
		var admitted []*sequence
		for !r.due() && next < len(families) && r.admits(&families[next], admitted) {
			s := r.begin(&families[next])
			admitted = append(admitted, s)
			if lengths != nil {
				if err := r.inherit(ctx, s, lengths[next]); err != nil {
					return err
				}
			}
			next++
		}
		if len(admitted) == 0 && (r.due() || len(r.running) == 0 || next < len(families) && r.sampled() < r.batchSize()) {
			admitted = r.ask()
		}
		var err error
		if len(admitted) > 0 {
			err = r.prefill(ctx, admitted)
		} else {
			err = r.step(ctx, r.running)
		}
		if err != nil {
			return err
		}
		r.retire()
	}
	return nil
}

// reset forgets what was decoded before.
func (r *Runner) reset() {
	r.Engine.Clear()
	r.shared, r.running, r.asking, r.cells, r.slots = nil, nil, nil, 0, nil
	for slot := r.Engine.Options().Sequences - 1; slot >= r.beginnings(); slot-- {
		r.slots = append(r.slots, slot)
	}
	_, branches := r.Prepared.waiting()
	r.reserve = max(min(1, r.Prepared.family-1)+r.Prepared.probes(), min(branches, len(r.slots)/2))
}

// close frees what samples hold that have not ended.
func (r *Runner) close() {
	for _, s := range r.running {
		s.close()
	}
}

// sharing says which beginnings of prompts are decoded once for all, nil for none.
func (r *Runner) sharing(families []family) [][]int {
	if r.Prepared.Solo {
		return nil
	}
	var prompts [][]models.Token
	limit := r.Engine.Options().MicroBatch
	for i := range families {
		j := families[i].job
		prompts = append(prompts, j.Tokens())
		for k := range j.prompt.asks {
			if at := j.prompt.asks[k].at; at >= 0 {
				limit = min(limit, at) // its logits are of the sample's own decode
			}
		}
	}
	return share(prompts, r.Prepared.Spec.Capture.Logprobs != "all", limit)
}

// beginnings is how many sequences of the engine hold shared beginnings of prompts.
func (r *Runner) beginnings() int {
	if r.Prepared.Solo {
		return 0
	}
	return 2
}

// batchSize is how many sampled sequences are decoded at once.
func (r *Runner) batchSize() int { return int(r.Prepared.Spec.Engine.Batch) }

// sampled counts the samples under way whose tokens are drawn.
func (r *Runner) sampled() (n int) {
	for _, s := range r.running {
		if !s.job.known() {
			n++
		}
	}
	return n
}

// admits says whether a sample may begin beside those that run and those that
// are to be prefilled with it. Samples whose tokens are all known fill a
// micro-batch; of the others engine.batch run at once.
func (r *Runner) admits(f *family, admitted []*sequence) bool {
	busy := len(r.running)+len(r.asking) > 0 // those that were admitted run
	if len(r.slots) <= r.reserve || busy && r.cells+f.cells() > r.room {
		return false
	}
	tokens := len(f.job.Tokens()) + len(f.job.Given)
	for _, s := range admitted {
		tokens += s.known()
	}
	if len(admitted) > 0 && tokens > r.Engine.Options().MicroBatch {
		return false
	}
	return f.job.known() || r.sampled() < r.batchSize()
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

// begin begins a sample and tells the sink of its follow-ups, whose ids come right
// after its own.
func (r *Runner) begin(f *family) *sequence {
	if r.Prepared.Solo {
		r.Engine.Clear()
	}
	s := r.newSequence(f.job, nil)
	for i := range f.followups {
		s.children = append(s.children, r.newSequence(&f.followups[i], s))
	}
	s.slot, s.cells = r.take(), f.cells()
	r.cells += s.cells
	s.open()
	s.unanswered = len(s.children)
	r.running = append(r.running, s)
	return s
}

// retire lets go of samples that have ended: those that are asked on keep their place
// in the cache until they were.
func (r *Runner) retire() {
	var left []*sequence
	for _, s := range r.running {
		switch {
		case !s.ended:
			left = append(left, s)
			continue
		case len(s.children) > 0:
			r.asking = append(r.asking, s)
		default:
			r.free(s.slot)
		}
		s.close()
		if s.parent != nil {
			s.parent.unanswered--
			s = s.parent
		}
		if s.unanswered == 0 {
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
