package capture

import (
	"context"
	"errors"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
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
	CopySequence(from, to, tokens int)
	RemoveSequence(sequence int)
	Clear()
}

// Progress is told after every decode how far a run has come.
type Progress struct {
	Samples, TotalSamples int
	Tokens                int64 // decoded so far, prompts included
	Generated             int64 // of these, sampled
}

// Runner runs a prepared spec.
type Runner struct {
	Prepared *Prepared
	Map      *hooks.Map // of the engine's own graphs
	Engine   Decoder
	Writer   *storage.Writer
	Progress func(Progress) // may be nil
	Sound    func() error   // may be nil; asked before rows are committed, and its error drops them

	plan    *hooks.Plan
	outputs bool // the plan reads what is computed for output tokens alone
	heard   bool // some sample needs logits behind the beginning of its prompt
	batch   models.Batch
	targets []models.Target
	shared  []*beginning
	slots   []int // free sequence ids, the next last
	room    int   // cells of the cache for samples, beside the shared beginnings
	cells   int   // of these, promised to running samples
	done    Progress
}

// Run decodes the groups of these numbers and commits each. When ctx ends or a
// decode fails, what is finished of a group is committed as a part of it before the
// error is returned; after an error of the writer nothing is added. The manifest is
// left to the caller.
func (r *Runner) Run(ctx context.Context, groups []int) error {
	p := r.Prepared
	var err error
	if r.plan, err = p.plan(r.Map); err != nil {
		return err
	}
	if err := r.Engine.SetPlan(r.plan); err != nil {
		return err
	}
	r.outputs, r.heard = r.plan.Outputs(), p.heard()
	r.room = r.Engine.Options().Tokens - r.beginnings()*p.longestPrompt()
	for _, number := range groups {
		jobs, _ := p.group(number)
		r.done.TotalSamples += len(jobs)
	}
	for _, number := range groups {
		jobs, first := p.group(number)
		if err := r.Writer.StartGroup(number, first); err != nil {
			return err
		}
		err := r.group(ctx, jobs)
		if r.Sound != nil {
			if serr := r.Sound(); serr != nil {
				return r.Writer.Discard(serr)
			}
		}
		if err != nil {
			return errors.Join(err, ignoreSticky(err, r.Writer.Abandon()))
		}
		if err := r.Writer.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// plan locates the points in the engine's own graphs: the context that was
// surveyed for the choice of points may have computed attention in another way.
func (p *Prepared) plan(m *hooks.Map) (*hooks.Plan, error) {
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

// ignoreSticky drops the writer's error where it is the one that is told already.
func ignoreSticky(told, err error) error {
	if err != nil && errors.Is(told, err) {
		return nil
	}
	return err
}

// group decodes the samples of a group: as many at once as there is room for, and
// where one ends the next begins. Who is decoded with whom is decided by the spec
// and by how long the responses become, never by time.
func (r *Runner) group(ctx context.Context, jobs []Job) error {
	p := r.Prepared
	r.Engine.Clear()
	r.shared, r.cells, r.slots = nil, 0, nil
	for slot := r.Engine.Options().Sequences - 1; slot >= r.beginnings(); slot-- {
		r.slots = append(r.slots, slot)
	}
	var lengths [][]int
	if !p.Solo {
		lengths = share(jobs, p.Spec.Capture.Logprobs != "all", r.Engine.Options().MicroBatch)
	}
	var running []*sequence
	defer func() {
		for _, s := range running {
			s.close()
		}
	}()
	for next := 0; next < len(jobs) || len(running) > 0; {
		var admitted []*sequence
		for next < len(jobs) && r.admits(&jobs[next], running, admitted) {
			if p.Solo {
				r.Engine.Clear()
			}
			s := r.begin(&jobs[next])
			running, admitted = append(running, s), append(admitted, s)
			if lengths != nil {
				if err := r.inherit(ctx, s, lengths[next]); err != nil {
					return err
				}
			}
			next++
		}
		var err error
		if len(admitted) > 0 {
			err = r.prefill(ctx, admitted)
		} else {
			err = r.step(ctx, running)
		}
		if err != nil {
			return err
		}
		running = r.retire(running)
	}
	return nil
}

// beginnings is how many sequences of the engine hold shared beginnings of prompts.
func (r *Runner) beginnings() int {
	if r.Prepared.Solo {
		return 0
	}
	return 2
}

// admits says whether a sample may begin beside those that run and those that
// are to be prefilled with it. Samples whose tokens are all known fill a
// micro-batch; of the others engine.batch run at once.
func (r *Runner) admits(j *Job, running, admitted []*sequence) bool {
	if len(r.slots) == 0 || len(running) > 0 && r.cells+r.cellsOf(j) > r.room {
		return false
	}
	sampled, tokens := 0, len(j.Tokens)+len(j.Given)
	for _, s := range running {
		if !r.Prepared.known(s.job) {
			sampled++
		}
	}
	for _, s := range admitted {
		tokens += s.known()
	}
	if len(admitted) > 0 && tokens > r.Engine.Options().MicroBatch {
		return false
	}
	return r.Prepared.known(j) || sampled < int(r.Prepared.Spec.Engine.Batch)
}

// cellsOf is how much of the cache a sample may take.
func (r *Runner) cellsOf(j *Job) int { return j.maxTokens(r.Prepared.Spec.Generate) }

func (r *Runner) begin(j *Job) *sequence {
	p := r.Prepared
	s := &sequence{r: r, p: p, job: j, nextLogprob: nan}
	s.slot, r.slots = r.slots[len(r.slots)-1], r.slots[:len(r.slots)-1]
	r.cells += r.cellsOf(j)
	switch g := p.Spec.Generate; {
	case j.given():
		s.finish, s.response = "given", j.Given
	case g.MaxTokens == 0:
		s.finish = "length"
	default:
		s.sampler = models.NewSampler(models.SamplerOptions{Temperature: g.Temperature, TopK: g.TopK, TopP: g.TopP, MinP: g.MinP, Seed: j.Seed})
	}
	rows := -1
	if p.known(j) || p.Spec.Capture.Tokens == "prompt" || p.Spec.Capture.Tokens == "last" {
		rows = p.maxRows(j)
	}
	s.writer = r.Writer.Begin(rows)
	return s
}

// retire frees what samples held that have ended.
func (r *Runner) retire(running []*sequence) []*sequence {
	var left []*sequence
	for _, s := range running {
		if !s.ended {
			left = append(left, s)
			continue
		}
		s.close()
		r.Engine.RemoveSequence(s.slot)
		r.slots = append(r.slots, s.slot)
		r.cells -= r.cellsOf(s.job)
	}
	return left
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
