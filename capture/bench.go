package capture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// Spread is the median, the lowest and the highest of several measurements.
type Spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

func spreadOf(x []float64) Spread {
	slices.Sort(x)
	return Spread{x[len(x)/2], x[0], x[len(x)-1]}
}

// Comparison is two ways of doing the same work, timed in pairs that alternate,
// so that a machine whose speed drifts still gives a right ratio.
type Comparison struct {
	Name      string `json:"name"`
	Weights   string `json:"weights"`
	Base      string `json:"base"` // the two ways
	Other     string `json:"other"`
	BaseRate  Spread `json:"base_rate"` // tokens per second
	OtherRate Spread `json:"other_rate"`
	Ratio     Spread `json:"ratio"` // other / base, pair by pair
}

// Bench times one model. Close frees it.
type Bench struct {
	Pairs   int // of each comparison, after one that is not counted
	Threads int
	Dir     string // for the runs that are written

	weights string
	session *Session
	model   *models.Model
	m       *hooks.Map
	prompt  []models.Token // short
	long    []models.Token // benchPrefill of them
	decode  int            // tokens to draw
}

// How much work a comparison does.
const (
	benchDecode  = 256 // tokens drawn after the short prompt
	benchPrefill = 512 // tokens of each long prompt
	benchPrompts = 4   // long prompts
	benchPrompt  = "Tell me a long story about a ship and its crew."
)

// OpenBench loads a model as a spec's engine says: with its weights in a mode, its
// layers on devices.
func OpenBench(ctx context.Context, model string, engine Engine, dir string, threads, pairs int, around Options) (*Bench, error) {
	spec := DefaultSpec()
	spec.Model, spec.Engine = model, engine
	path, err := FindModel(spec.Model)
	if err != nil {
		return nil, err
	}
	s := &Session{Spec: spec, Threads: threads, path: path, options: around}
	if err := s.load(ctx); err != nil {
		s.Close()
		return nil, err
	}
	b := &Bench{Pairs: pairs, Threads: threads, Dir: dir, weights: engine.Weights, session: s, model: s.model}
	if b.m, _, err = SurveyModel(ctx, b.model, threads); err != nil {
		b.Close()
		return nil, err
	}
	if b.prompt, err = tokenizeText(b.model, benchPrompt); err != nil || len(b.prompt) == 0 {
		b.Close()
		return nil, fmt.Errorf("the model does not tokenise %q: %w", benchPrompt, err)
	}
	b.decode = min(benchDecode, b.model.Facts().TrainContext-len(b.prompt))
	for len(b.long) < min(benchPrefill, b.model.Facts().TrainContext) {
		b.long = append(b.long, b.prompt...)
	}
	b.long = b.long[:min(benchPrefill, b.model.Facts().TrainContext)]
	return b, nil
}

// Close frees the model.
func (b *Bench) Close() { b.session.Close() }

// OneAtATime says that the model has recurrent blocks, whose samples are not decoded
// together.
func (b *Bench) OneAtATime() bool { return b.model.Facts().Recurrent }

// compare alternates two ways of decoding so many tokens.
func (b *Bench) compare(name, base, other string, tokens int, first, second func() error) (Comparison, error) {
	var rates [2][]float64
	var ratios []float64
	for pair := range b.Pairs + 1 {
		var took [2]float64
		for i, f := range []func() error{first, second} {
			started := time.Now()
			if err := f(); err != nil {
				return Comparison{}, fmt.Errorf("bench: %s: %w", name, err)
			}
			took[i] = time.Since(started).Seconds()
		}
		if pair > 0 {
			ratios = append(ratios, took[0]/took[1])
			for i := range took {
				rates[i] = append(rates[i], float64(tokens)/took[i])
			}
		}
	}
	return Comparison{name, b.weights, base, other, spreadOf(rates[0]), spreadOf(rates[1]), spreadOf(ratios)}, nil
}

// way is one way of working: an engine made once, and what it is to do.
type way struct {
	b      *Bench
	p      *Prepared
	m      *hooks.Map
	engine *models.Context
}

// way prepares a run of the bench's prompts.
func (b *Bench) way(ctx context.Context, spec Spec, prompts ...[]models.Token) (*way, error) {
	spec.Chat.Template = "none"
	for range prompts {
		spec.Prompts.Text = append(spec.Prompts.Text, benchPrompt)
	}
	data, err := ReadDataset(spec.Prompts)
	if err != nil {
		return nil, err
	}
	w := &way{b: b}
	if w.p, err = Prepare(spec, data, b.model.Facts(), b.m, endless{b.model}); err != nil {
		return nil, err
	}
	for i := range w.p.Jobs {
		tokens := prompts[i/spec.Generate.Samples]
		j := &w.p.Jobs[i]
		j.prompt = &promptPlan{Tokens: tokens, marks: make([]mark, len(tokens)), answer: -1}
		if err := w.p.count(j); err != nil {
			return nil, err
		}
		w.p.Context = max(w.p.Context, j.maxTokens())
	}
	if w.engine, err = b.model.NewContext(w.p.ContextOptions(b.Threads)); err != nil {
		return nil, err
	}
	if w.m, _, err = surveyContext(ctx, w.engine, b.model.Facts()); err != nil {
		w.engine.Close()
		return nil, err
	}
	return w, nil
}

// endless keeps the model from ending its answers: every run decodes as much.
type endless struct{ *models.Model }

func (endless) EndsGeneration(models.Token) bool { return false }

// captured runs the spec onto the disk, synced, manifest included.
func (w *way) captured(ctx context.Context) error {
	columns := w.p.Columns()
	manifest := &storage.Manifest{Hooks: make([]storage.Hook, len(columns))}
	writer, err := storage.Create(storage.Config{Dir: filepath.Join(w.b.Dir, "run"), Overwrite: true, Manifest: manifest, Columns: columns, Rows: w.engine.Options().MicroBatch})
	if err != nil {
		return err
	}
	r := Runner{Prepared: w.p, Map: w.m, Engine: w.engine, Source: w.p.Source(w.p.groups(nil)), Sink: WriterSink(writer)}
	if err := r.Run(ctx); err != nil {
		writer.Close()
		return err
	}
	_, err = writer.Finish(storage.Complete, nil)
	return err
}

// plain does the same work without capture: prompts to their last token, then
// token by token, the likeliest each time.
func (w *way) plain(ctx context.Context) error {
	w.engine.Clear()
	sampler := models.NewSampler(models.SamplerOptions{})
	defer sampler.Close()
	var batch models.Batch
	if w.p.Spec.Generate.MaxTokens == 0 {
		return w.plainPrefill(ctx, sampler)
	}
	jobs := w.p.Jobs[:min(len(w.p.Jobs), int(w.p.Spec.Engine.Batch))]
	next := make([]models.Token, len(jobs))
	for s, j := range jobs {
		batch.Reset()
		for i, t := range j.Tokens() {
			batch.Add(t, i, s, i == len(j.Tokens())-1)
		}
		if err := w.engine.Decode(ctx, &batch, models.Extent{}, nil); err != nil {
			return err
		}
		next[s] = w.engine.Sample(sampler, batch.Len()-1)
	}
	for at := range w.p.Spec.Generate.MaxTokens {
		batch.Reset()
		for s, j := range jobs {
			batch.Add(next[s], len(j.Tokens())+at, s, true)
		}
		if err := w.engine.Decode(ctx, &batch, models.Extent{}, nil); err != nil {
			return err
		}
		for s := range jobs {
			next[s] = w.engine.Sample(sampler, s)
		}
	}
	return nil
}

// plainPrefill decodes prompts, one after another, and draws one token from each.
func (w *way) plainPrefill(ctx context.Context, sampler *models.Sampler) error {
	var batch models.Batch
	for _, j := range w.p.Jobs {
		w.engine.Clear()
		batch.Reset()
		for i, t := range j.Tokens() {
			batch.Add(t, i, 0, i == len(j.Tokens())-1)
		}
		if err := w.engine.Decode(ctx, &batch, models.Extent{}, nil); err != nil {
			return err
		}
		w.engine.Sample(sampler, batch.Len()-1)
	}
	return nil
}

func (w *way) close() {
	w.engine.Close()
	os.RemoveAll(filepath.Join(w.b.Dir, "run"))
}
