package capture

import (
	"context"
	"errors"
	"fmt"
	"math"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// Decoder is what a run needs of a model's context; *models.Context is one. Its
// methods are called from one goroutine. Row numbers count the tokens of the
// last batch; activations are valid until the next Decode.
type Decoder interface {
	Options() models.ContextOptions
	SetPlan(*hooks.Plan) error
	Decode(context.Context, *models.Batch) error
	Activations(point, tokens int) []float32
	Score(row int, next models.Token) (logprob, entropy float32, err error)
	Sample(s *models.Sampler, row int) models.Token
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
	Engine   Decoder
	Writer   *storage.Writer
	Progress func(Progress) // may be nil

	plan    *hooks.Plan
	batch   models.Batch
	outputs bool // the plan reads what is computed for output tokens alone
	done    Progress
}

// Run decodes every sample and commits shard by shard. When ctx ends or a decode
// fails, what is finished is committed before the error is returned; after an
// error of the writer nothing is added. The manifest is left to the caller.
func (r *Runner) Run(ctx context.Context) error {
	p := r.Prepared
	r.plan = hooks.Compile(p.Arch, p.Points, p.Facts.Width)
	if err := r.Engine.SetPlan(r.plan); err != nil {
		return err
	}
	r.outputs = needsOutputs(p)
	r.done.TotalSamples = len(p.Jobs)
	for _, jobs := range p.shards() {
		size := p.Spec.Engine.Batch
		for i := 0; i < len(jobs); i += size {
			if err := r.together(ctx, jobs[i:min(i+size, len(jobs))]); err != nil {
				return errors.Join(err, ignoreSticky(err, r.Writer.Abandon()))
			}
		}
		if err := r.Writer.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// ignoreSticky drops the writer's error where it is the one that is told already.
func ignoreSticky(told, err error) error {
	if err != nil && errors.Is(told, err) {
		return nil
	}
	return err
}

// needsOutputs says whether a point lies behind the last layer's selection of
// output tokens: llama.cpp computes the end of its last block and the final norm
// only for tokens whose logits are asked for.
func needsOutputs(p *Prepared) bool {
	for _, point := range p.Points {
		if point.Site == hooks.FinalNorm || point.Site == hooks.ResidPost && point.Layer == p.Facts.Layers-1 {
			return true
		}
	}
	return false
}

// together decodes up to a batch of samples: the prompts one after another, then
// one token of each at a time.
func (r *Runner) together(ctx context.Context, jobs []Job) error {
	r.Engine.Clear()
	sequences := make([]*sequence, len(jobs))
	for i := range jobs {
		s := &sequence{p: r.Prepared, job: &jobs[i], slot: i, writer: r.Writer.Begin(), nextLogprob: nan}
		s.vectors = make([][]float32, len(r.Prepared.Points))
		if g := r.Prepared.Spec.Generate; s.job.given() {
			s.finish, s.response = "given", s.job.Given
		} else {
			s.sampler = models.NewSampler(models.SamplerOptions{Temperature: g.Temperature, TopK: g.TopK, TopP: g.TopP, MinP: g.MinP, Seed: s.job.Seed})
		}
		defer s.close()
		sequences[i] = s
	}
	for _, s := range sequences {
		if err := r.prefill(ctx, s); err != nil {
			return err
		}
	}
	return r.generate(ctx, sequences)
}

// prefill decodes all tokens of a sample that are known: its prompt and, if it is
// given, its response. A sampled one draws its first token.
func (r *Runner) prefill(ctx context.Context, s *sequence) error {
	total := len(s.job.Tokens) + len(s.response)
	for from := 0; from < total; from += r.Engine.Options().MicroBatch {
		to := min(from+r.Engine.Options().MicroBatch, total)
		r.batch.Reset()
		for at := from; at < to; at++ {
			r.add(s, at)
		}
		if err := r.decode(ctx, s); err != nil {
			return err
		}
		logits := make([]bool, to-from)
		for at := from; at < to; at++ {
			logits[at-from] = s.needsLogits(at)
		}
		if to == total {
			s.advance(r.Engine, to-from-1)
		}
		for at := from; at < to; at++ {
			if err := s.consume(r.Engine, at-from, to-from, at, logits[at-from]); err != nil {
				return err
			}
		}
	}
	return r.settle(s, total)
}

// generate decodes the token that each running sample drew last and draws the
// next, until all have ended. The last token of a response is decoded too: it
// has a row like every other.
func (r *Runner) generate(ctx context.Context, sequences []*sequence) error {
	for {
		r.batch.Reset()
		var running []*sequence
		for _, s := range sequences {
			if at := s.pending(); at >= 0 {
				r.add(s, at)
				running = append(running, s)
			}
		}
		if len(running) == 0 {
			return nil
		}
		if err := r.decode(ctx, running[0]); err != nil {
			return err
		}
		r.done.Generated += int64(len(running))
		for i, s := range running {
			at := int(r.batch.Positions[i])
			logits := s.needsLogits(at)
			s.advance(r.Engine, i)
			if err := s.consume(r.Engine, i, len(running), at, logits); err != nil {
				return err
			}
			if err := r.settle(s, at+1); err != nil {
				return err
			}
		}
	}
}

// settle notes how far a sample is decoded and ends it where nothing is left but
// a last token whose row is not wanted.
func (r *Runner) settle(s *sequence, decoded int) error {
	s.decoded = decoded
	left := len(s.job.Tokens) + len(s.response) - decoded
	if s.finish == "" || left > 1 || left == 1 && s.selected(decoded) {
		return nil
	}
	s.ended = true
	r.done.Samples++
	return s.end()
}

func (r *Runner) add(s *sequence, at int) {
	r.batch.Add(s.token(at), at, s.slot, r.outputs || s.needsLogits(at))
}

func (r *Runner) decode(ctx context.Context, s *sequence) error {
	if err := r.Engine.Decode(ctx, &r.batch); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("sample %d (prompt %q): %w", s.writer.ID(), s.job.Row.ID, err)
	}
	r.done.Tokens += int64(r.batch.Len())
	if r.Progress != nil {
		r.Progress(r.done)
	}
	return nil
}

// CheckPoints decodes a few tokens once and says of each point what was seen: an
// empty text where the tensor was computed in the shape that the table promises,
// with finite values, and what is wrong otherwise. The engine's cache and plan
// are its own afterwards.
func CheckPoints(ctx context.Context, e Decoder, arch hooks.Arch, points []hooks.Point, facts models.Facts) (map[hooks.Point]string, error) {
	faults := map[hooks.Point]string{}
	wanted := points
	for {
		plan := hooks.Compile(arch, wanted, facts.Width)
		if err := e.SetPlan(plan); err != nil {
			return nil, err
		}
		e.Clear()
		var batch models.Batch
		n := min(4, facts.Vocabulary, e.Options().MicroBatch)
		for i := range n {
			batch.Add(models.Token(i), i, 0, true)
		}
		err := e.Decode(ctx, &batch)
		e.Clear()
		var missing *models.MissingTensorError
		if errors.As(err, &missing) {
			var left []hooks.Point
			for i, p := range wanted {
				if plan.Tensors[plan.Source[i]] == missing.Tensor {
					faults[p] = err.Error()
				} else {
					left = append(left, p)
				}
			}
			wanted = left
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, p := range wanted {
			for _, x := range e.Activations(i, n) {
				if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
					faults[p] = fmt.Sprintf("graph tensor %q holds values that are not finite", plan.Tensors[plan.Source[i]])
					break
				}
			}
		}
		return faults, nil
	}
}
