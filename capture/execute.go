package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// Session is a spec with its model loaded, its dataset read and its samples
// planned; nothing has been written.
type Session struct {
	Spec     Spec
	Prepared *Prepared
	Threads  int

	path, sha256  string // of the model as named
	fileType      string // of the file as named
	weightsSHA256 string // of the converted file, if there is one
	model         *models.Model
}

// Open validates a spec, reads its dataset, loads its model and plans every
// sample. Close frees the model.
func Open(spec Spec) (*Session, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	data, err := ReadDataset(spec.Prompts)
	if err != nil {
		return nil, err
	}
	if err := checkWords(spec.Model, data); err != nil {
		return nil, err
	}
	s := &Session{Spec: spec, Threads: int(spec.Engine.Threads)}
	if s.Threads == 0 {
		s.Threads = DefaultThreads()
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	if s.Prepared, err = Prepare(spec, data, s.model.Facts(), s.model); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// DefaultThreads is the number of CPUs that this process may use: Go takes the
// affinity mask and the control group's quota into account. More threads than
// that make ggml's spin barriers collapse.
func DefaultThreads() int { return runtime.GOMAXPROCS(0) }

func (s *Session) load() (err error) {
	if s.path, err = FindModel(s.Spec.Model); err != nil {
		return err
	}
	header, err := models.ReadHeader(s.path)
	if err != nil {
		return err
	}
	s.fileType = header.FileType
	if s.sha256, err = models.FileSHA256(s.path); err != nil {
		return err
	}
	path := s.path
	if mode := s.Spec.Engine.Weights; mode != "as-is" {
		cache, err := models.CacheDir()
		if err != nil {
			return err
		}
		if path, err = models.Convert(s.path, s.sha256, mode, filepath.Join(cache, "weights"), s.Threads); err != nil {
			return err
		}
		if s.weightsSHA256, err = models.FileSHA256(path); err != nil {
			return err
		}
	}
	s.model, err = models.Load(path, models.LoadOptions{GPULayers: s.Spec.Engine.GPULayers, IgnoreMemory: !s.Spec.Engine.MemoryCheck})
	return err
}

// Close frees the model. It may be called twice.
func (s *Session) Close() {
	if s.model != nil {
		s.model.Close()
	}
}

// Result is what a run came to.
type Result struct {
	Dir       string           `json:"out"`
	Status    string           `json:"status"`
	Samples   int64            `json:"samples"`
	Rows      int64            `json:"rows"`
	Bytes     int64            `json:"bytes"`
	Tokens    int64            `json:"tokens"`    // decoded, prompts included
	Generated int64            `json:"generated"` // of these, sampled
	Seconds   float64          `json:"seconds"`
	Overflows map[string]int64 `json:"float16_overflows,omitempty"` // by hook point
}

// Run decodes the session's samples into its output folder. Whatever ends it,
// the samples that were finished stay readable and the manifest says why it
// ended; the result is not nil once the folder has been made.
func (s *Session) Run(ctx context.Context, tool storage.Tool, overwrite bool, progress func(Progress)) (*Result, error) {
	started := time.Now()
	p := s.Prepared
	engine, err := s.model.NewContext(p.ContextOptions(s.Threads))
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	faults, err := CheckPoints(ctx, engine, p.Arch, p.Points, p.Facts)
	if err != nil {
		return nil, err
	}
	for _, point := range p.Points {
		if fault := faults[point]; fault != "" {
			return nil, usage(fmt.Errorf("hook point %q failed its check on model %q: %s", point, s.path, fault),
				"leave it out of --hooks; `capture hooks` shows the check of every point")
		}
	}
	names := make([]string, len(p.Points))
	for i, point := range p.Points {
		names[i] = point.String()
	}
	w, err := storage.Create(storage.Config{
		Dir: s.Spec.Out, Overwrite: overwrite, Points: names, Width: p.Facts.Width, DType: storage.DType(s.Spec.Capture.DType),
	})
	if err != nil {
		return nil, createError(err, s.Spec.Out)
	}
	r := &Runner{Prepared: p, Engine: engine, Writer: w, Progress: progress}
	err = r.Run(ctx)
	m := s.manifest(tool, engine.Options(), started)
	m.Status = storage.Complete
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		m.Status = storage.Interrupted
	default:
		m.Status, m.Error = storage.Failed, err.Error()
	}
	m.Host.Finished = time.Now().UTC()
	if merr := w.Finish(m); merr != nil {
		err = errors.Join(err, fmt.Errorf("no manifest written: %w", merr))
	}
	result := &Result{
		Dir: s.Spec.Out, Status: m.Status, Samples: w.Samples(), Rows: w.Rows(),
		Tokens: r.done.Tokens, Generated: r.done.Generated, Seconds: time.Since(started).Seconds(), Overflows: map[string]int64{},
	}
	for _, f := range m.Files {
		result.Bytes += f.Bytes
	}
	for i, n := range w.Overflows() {
		if n > 0 {
			result.Overflows[names[i]] = n
		}
	}
	return result, err
}

// CheckOut refuses, before anything is loaded, an output folder that cannot take
// a run.
func CheckOut(dir string, overwrite bool) error {
	if _, err := storage.CheckDir(dir, overwrite); err != nil {
		return createError(err, dir)
	}
	return nil
}

// createError says what to do about a folder that cannot be written into.
func createError(err error, dir string) error {
	switch {
	case errors.Is(err, storage.ErrExists):
		return usage(err, "choose another --out, or replace the run that is there with --overwrite")
	case errors.Is(err, storage.ErrNotARun):
		return usage(err, "--overwrite only replaces runs; choose another --out")
	case errors.Is(err, os.ErrPermission):
		return &hinted{err, "choose an --out below a folder that you may write into"}
	}
	return &hinted{err, fmt.Sprintf("check that %s can be made", dir)}
}

func (s *Session) manifest(tool storage.Tool, opt models.ContextOptions, started time.Time) *storage.Manifest {
	p, f, build := s.Prepared, s.Prepared.Facts, models.EngineBuild()
	spec, _ := json.Marshal(s.Spec) // plain data: cannot fail
	hostname, _ := os.Hostname()
	dir, _ := filepath.Abs(filepath.Dir(s.path))
	m := &storage.Manifest{
		Tool: tool,
		Engine: storage.Engine{
			Name: "llama.cpp", Version: build.Version, GgmlVersion: build.Ggml, Commit: build.Commit, Source: build.Source,
			Options: build.Options, CPUFeatures: build.Features, Backends: build.Backends,
			Threads: opt.Threads, Context: opt.Tokens, MicroBatch: opt.MicroBatch, Batch: opt.Sequences,
		},
		Model: storage.Model{
			File: filepath.Base(s.path), SHA256: s.sha256, Name: f.Name, Architecture: f.Architecture, Quantisation: s.fileType,
			Parameters: f.Parameters, Layers: f.Layers, Width: f.Width, Heads: f.Heads, KVHeads: f.KVHeads,
			Vocabulary: f.Vocabulary, TrainContext: f.TrainContext, Weights: s.Spec.Engine.Weights, WeightsSHA256: s.weightsSHA256,
		},
		Spec:    spec,
		Dataset: storage.Dataset{File: p.Dataset.BaseName(), SHA256: p.Dataset.SHA256, Rows: len(p.Dataset.Rows)},
		DType:   storage.DType(s.Spec.Capture.DType),
		Host:    storage.Host{Started: started.UTC(), Hostname: hostname, OS: runtime.GOOS + "/" + runtime.GOARCH, ModelDir: dir},
	}
	m.Engine.KVType = "f16"
	if opt.Float32 {
		m.Engine.KVType = "f32"
	}
	if f.ChatTemplate != "" {
		sum := sha256.Sum256([]byte(f.ChatTemplate))
		m.Model.ChatTemplateSHA256 = hex.EncodeToString(sum[:])
	}
	plan := hooks.Compile(p.Arch, p.Points, f.Width)
	for i, point := range p.Points {
		m.Hooks = append(m.Hooks, storage.Hook{
			Name: point.String(), Tensor: plan.Tensors[plan.Source[i]], Shape: []int{f.Width},
			Check: "computed once on this model: float32, one vector a token, finite",
		})
	}
	return m
}
