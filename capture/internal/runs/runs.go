// Package runs writes finished runs of what a test declares: samples, rows and values. No
// model runs.
package runs

import (
	"math"
	"path/filepath"

	"github.com/x448/float16"

	"intentprobe/storage"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Run is a run that a test declares.
type Run struct {
	Columns      []arrowfile.Column
	Samples      int
	GroupSamples int // 0: one group
	Sample       func(i int) Sample

	Reduce   []string // as in storage.Config, and so the next two
	NoRows   bool
	Optional []string
	Batch    int // rows of a record batch; 0: 16

	// Manifest changes what the run says of itself: it has the model "m" of the first
	// column's width.
	Manifest func(m *rundir.Manifest)
}

// Sample is one with its rows. What a reader of the format needs is filled in.
type Sample struct {
	rundir.Sample
	Rows   []rundir.Row
	Values func(row, column int, out []float32) // fills in the values of a row; nil: zeros
}

// Write writes a run; ids of samples are their numbers. Errors are the writer's.
func Write(dir string, r Run) error {
	m := &rundir.Manifest{
		Spec: []byte(`{}`), DType: r.Columns[0].DType,
		Model: rundir.Model{File: "m.gguf", SHA256: "m", Name: "m", Width: r.Columns[0].Elements()},
		Plan:  &rundir.Plan{Samples: int64(r.Samples), GroupSamples: r.GroupSamples},
	}
	if m.Plan.GroupSamples == 0 {
		m.Plan.GroupSamples = max(1, r.Samples)
	}
	for _, c := range r.Columns {
		m.Hooks = append(m.Hooks, rundir.Hook{Name: c.Name, Shape: c.Shape})
	}
	if r.Manifest != nil {
		r.Manifest(m)
	}
	if r.Batch == 0 {
		r.Batch = 16
	}
	w, err := storage.Create(storage.Config{
		Dir: filepath.Clean(dir), Manifest: m, Columns: r.Columns, Rows: r.Batch,
		Reduce: r.Reduce, NoRows: r.NoRows, Optional: r.Optional,
	})
	if err != nil {
		return err
	}
	defer w.Close()
	for i := range r.Samples {
		if err := write(w, &r, i); err != nil {
			return err
		}
		if last := i == r.Samples-1; last || (i+1)%m.Plan.GroupSamples == 0 {
			if err := w.Commit(); err != nil {
				return err
			}
		}
	}
	_, err = w.Finish(rundir.Complete, nil)
	return err
}

func write(w *storage.Writer, r *Run, i int) error {
	s := r.Sample(i)
	if s.Meta == "" {
		s.Meta = "{}"
	}
	if s.FinishReason == "" {
		s.FinishReason = "length"
	}
	s.PromptTokens = max(s.PromptTokens, 1)
	out := w.Begin(len(s.Rows))
	for n := range s.Rows {
		place, err := out.Reserve()
		if err != nil {
			return err
		}
		for c, column := range r.Columns {
			values := make([]float32, column.Elements())
			if s.Values != nil {
				s.Values(n, c, values)
			}
			if column.DType == arrowfile.Float32 {
				copy(w.Floats(c, place), values)
				continue
			}
			for k, v := range values {
				w.Halves(c, place)[k] = float16.Fromfloat32(v).Bits()
			}
		}
		if err := out.Add(s.Rows[n]); err != nil {
			return err
		}
	}
	return out.End(s.Sample)
}

// Rows are rows of a prompt and a response, of which no more than their places is known.
func Rows(prompt, response int) (out []rundir.Row) {
	for i := range prompt + response {
		row := rundir.Row{Position: int32(i), Turn: -1, Logprob: float32(math.NaN()), Entropy: float32(math.NaN())}
		if i >= prompt {
			row.Phase, row.Generated = 1, true
		}
		out = append(out, row)
	}
	return out
}
