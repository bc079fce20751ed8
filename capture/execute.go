package capture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intentprobe/capture/decode"
	"intentprobe/capture/hint"
	"intentprobe/storage"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// RunOptions says how a session's samples are run.
type RunOptions struct {
	Tool      rundir.Tool
	Overwrite bool           // replace the run that is in the output folder
	Shard     *rundir.Shard  // nil: the whole run
	Progress  func(Progress) // may be nil
	Watch     func(Watched)  // may be nil; told of the tokens of responses as they are read
	FS        disk.FS        // nil: the real file system
}

// Result says how a run ended, and what was decoded and written.
type Result struct {
	Dir       string           `json:"out"`
	Status    string           `json:"status"`
	Samples   int64            `json:"samples"`
	Rows      int64            `json:"rows"`
	Bytes     int64            `json:"bytes"`
	Tokens    int64            `json:"tokens"`                      // decoded now, prompts included
	Generated int64            `json:"generated"`                   // of these, sampled
	Empty     int64            `json:"empty_samples,omitempty"`     // written now, of which no token was selected
	Unaligned int64            `json:"unaligned_tokens,omitempty"`  // not swapped, since the other sample had ended before
	Setup     float64          `json:"setup_seconds"`               // making the context and checking the points
	Seconds   float64          `json:"seconds"`                     // decoding and writing, to the manifest
	Overflows map[string]int64 `json:"float16_overflows,omitempty"` // by hook point

	Manifest *rundir.Manifest `json:"-"` // as it was written; label.Complete labels by it what the model knows
}

// storage says what the writer of a folder must know of the run.
func (d *decoding) storage(dir string, m *rundir.Manifest) storage.Config {
	c := &d.Prepared.Spec.Capture
	cfg := storage.Config{
		Dir: dir, Manifest: m, Columns: d.Prepared.Columns(), Rows: d.engine.Options().MicroBatch,
		Reduce: c.Reduce, NoRows: !c.Rows, Optional: d.Prepared.OptionalColumns(),
	}
	if len(d.adapters) > 0 {
		cfg.Optional = append(cfg.Optional, "adapter")
	}
	return cfg
}

// runner gives what decodes groups into a sink.
func (d *decoding) runner(groups []int, sink Sink, progress func(Progress)) *decode.Runner {
	return &decode.Runner{Prepared: d.Prepared, Map: d.hooks, Engine: d.engine, Source: decode.PlannedGroups(d.Prepared, groups), Sink: sink, Progress: progress, Watch: d.watch, Sound: d.loaded.check}
}

// Run decodes the session's samples into its output folder. Whatever ends it, the
// samples that were finished stay readable and the manifest says why it ended; the
// result is not nil once the folder has been made.
func (s *Session) Run(ctx context.Context, opt RunOptions) (*Result, error) {
	plan := s.Prepared.Plan()
	if opt.Shard != nil && opt.Shard.Of > plan.Groups() {
		return nil, hint.Usage(fmt.Errorf("shard %s of a run that has %s of %s", opt.Shard, plural.Count(plan.Groups(), "group"), plural.Count(plan.GroupSamples, "sample")),
			"use fewer shards, or smaller groups (", hint.Key("capture.group"), "=N, the same for every shard)")
	}
	d, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.engine.Close()
	manifest := d.manifest(opt.Tool)
	manifest.Shard = opt.Shard
	cfg := d.storage(s.Spec.Out, manifest)
	cfg.Overwrite, cfg.Dataset, cfg.Directions, cfg.FS = opt.Overwrite, s.Prepared.Dataset.Text(), s.kept, opt.FS
	w, err := storage.Create(cfg)
	if err != nil {
		return nil, createError(err, s.Spec.Out)
	}
	d.watch = opt.Watch
	return d.run(ctx, w, manifest, opt.Progress)
}

// RunInto decodes the session's samples into a sink, such as a *MemorySink; no folder is
// written. Which rows and reductions are kept is the sink's affair: capture.rows and
// capture.reduce are of run directories. progress may be nil. The error is that of the
// engine, of the sink, or of ctx.
func (s *Session) RunInto(ctx context.Context, sink Sink, progress func(Progress)) error {
	d, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer d.engine.Close()
	return d.runner(d.Prepared.Groups(nil), sink, progress).Run(ctx)
}

// run decodes the groups of a run that are not there yet, and ends it.
func (d *decoding) run(ctx context.Context, w *storage.Writer, manifest *rundir.Manifest, progress func(Progress)) (*Result, error) {
	begun := time.Now()
	r := d.runner(slices.DeleteFunc(d.Prepared.Groups(manifest.Shard), w.Has), decode.WriterSink(w), progress)
	err := r.Run(ctx)
	status, cause := rundir.Complete, error(nil)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		status = rundir.Interrupted
	default:
		status, cause = rundir.Failed, err
	}
	manifest.Host.Finished = time.Now().UTC()
	if _, merr := w.Finish(status, cause); merr != nil {
		err = errors.Join(err, fmt.Errorf("no manifest written: %w", merr))
	}
	result := d.result(w, manifest, r.Done(), time.Since(begun))
	result.Empty, result.Unaligned = r.Empty(), r.Unaligned()
	return result, err
}

func (d *decoding) result(w *storage.Writer, m *rundir.Manifest, done Progress, took time.Duration) *Result {
	out := &Result{
		Manifest: m, Dir: d.Spec.Out, Status: m.Status, Samples: w.Samples(), Rows: w.Rows(),
		Tokens: done.Tokens, Generated: done.Generated, Setup: d.setup.Seconds(), Seconds: took.Seconds(), Overflows: map[string]int64{},
	}
	for _, f := range m.Files {
		out.Bytes += f.Bytes
	}
	columns := d.Prepared.Columns()
	for i, n := range w.Overflows() {
		if n > 0 {
			out.Overflows[columns[i].Name] = n
		}
	}
	return out
}
