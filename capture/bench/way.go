package bench

import (
	"context"
	"os"
	"path/filepath"

	"intentprobe/capture"
	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/decode"
	"intentprobe/capture/plan"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
	"intentprobe/storage/rundir"
)

// way is one way of working: a context made once, and what it is to decode.
type way struct {
	dir    string // of its run
	plan   *plan.Prepared
	hooks  *hooks.Map
	engine *models.Context
}

// way prepares a run of prompts that are given as tokens.
func (m *Model) way(ctx context.Context, s spec.Spec, prompts ...[]models.Token) (*way, error) {
	return m.wayUnder(ctx, s, nil, prompts...)
}

// wayUnder prepares a run in arms; nil for none.
func (m *Model) wayUnder(ctx context.Context, s spec.Spec, arms *arm.Set, prompts ...[]models.Token) (*way, error) {
	return m.wayWith(ctx, s, arms, nil, prompts...)
}

// wayWith prepares a run in arms whose rows are scored; nil for none.
func (m *Model) wayWith(ctx context.Context, s spec.Spec, arms *arm.Set, probes []hooks.Score, prompts ...[]models.Token) (*way, error) {
	tok := &tokenizer{m.model, map[string][]models.Token{}}
	for _, tokens := range prompts {
		s.Prompts.Text = append(s.Prompts.Text, tok.add(tokens))
	}
	data, err := dataset.Read(s.Prompts)
	if err != nil {
		return nil, err
	}
	p, err := plan.Prepare(s, data, m.model.Facts(), m.hooks, tok, arms, probes)
	if err != nil {
		return nil, err
	}
	return m.open(ctx, p)
}

// open makes a context for what is prepared.
func (m *Model) open(ctx context.Context, p *plan.Prepared) (*way, error) {
	w := &way{dir: filepath.Join(m.opt.Dir, "run"), plan: p}
	var err error
	if w.engine, err = m.model.NewContext(p.ContextOptions(m.opt.Threads)); err != nil {
		return nil, err
	}
	if w.hooks, _, err = capture.SurveyContext(ctx, w.engine, m.model.Facts()); err != nil {
		w.engine.Close()
		return nil, err
	}
	return w, nil
}

func (w *way) close() {
	w.engine.Close()
	os.RemoveAll(w.dir)
}

// captured runs the spec onto the disk, synced, manifest included.
func (w *way) captured(ctx context.Context) error {
	columns := w.plan.Columns()
	manifest := &rundir.Manifest{Hooks: make([]rundir.Hook, len(columns))}
	for _, p := range w.plan.Probes {
		manifest.Probes = append(manifest.Probes, rundir.Probe{Name: p.Name})
	}
	writer, err := storage.Create(storage.Config{Dir: w.dir, Overwrite: true, Manifest: manifest, Columns: columns, Optional: w.plan.OptionalColumns(), Rows: w.engine.Options().MicroBatch})
	if err != nil {
		return err
	}
	if err := w.into(ctx, decode.WriterSink(writer)); err != nil {
		writer.Close()
		return err
	}
	_, err = writer.Finish(rundir.Complete, nil)
	return err
}

// into runs the spec into a sink.
func (w *way) into(ctx context.Context, sink decode.Sink) error {
	groups := make([]int, w.plan.Plan().Groups())
	for i := range groups {
		groups[i] = i
	}
	r := decode.Runner{Prepared: w.plan, Map: w.hooks, Engine: w.engine, Source: decode.PlannedGroups(w.plan, groups), Sink: sink}
	return r.Run(ctx)
}

// plain does the same work without capture: prompts to their last token, then
// token by token, the likeliest each time.
func (w *way) plain(ctx context.Context) error {
	w.engine.Clear()
	sampler := models.NewSampler(models.SamplerOptions{})
	defer sampler.Close()
	var batch models.Batch
	if w.plan.Spec.Generate.MaxTokens == 0 {
		return w.plainPrefill(ctx, sampler)
	}
	jobs := w.plan.Jobs[:min(len(w.plan.Jobs), int(w.plan.Spec.Engine.Batch))]
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
	for at := range w.plan.Spec.Generate.MaxTokens {
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
	for _, j := range w.plan.Jobs {
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
