package capture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

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
	stamp         fileStamp // of the file that is loaded
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
	if err := s.prepare(data); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// prepare looks at what the model offers and plans every sample.
func (s *Session) prepare(data *Dataset) (err error) {
	m, _, err := SurveyModel(context.Background(), s.model, s.Threads)
	if err != nil {
		return err
	}
	if s.Prepared, err = Prepare(s.Spec, data, s.model.Facts(), m, s.model); err != nil {
		return err
	}
	if s.Spec.Engine.Batch == 0 { // nobody asked for one; the manifest holds the number
		s.Prepared.fit(s.model, s.Threads, models.AvailableMemory()/2)
	}
	return nil
}

// suggestBatch adds to an error about memory the largest batch that fits.
func (s *Session) suggestBatch(err error) error {
	var memory *models.MemoryError
	smaller := *s.Prepared
	if !errors.As(err, &memory) || !smaller.fit(s.model, s.Threads, memory.Available) {
		return err
	}
	return &hinted{err, fmt.Sprintf("use --batch %d, which fits; fewer tokens a sample (--max-tokens) leave room for more", smaller.Spec.Engine.Batch)}
}

// fit halves the batch until its cache takes no more than so many bytes, and says
// whether it does in the end.
func (p *Prepared) fit(m *models.Model, threads int, room uint64) bool {
	batch := &p.Spec.Engine.Batch
	for m.ContextBytes(p.ContextOptions(threads)) > room {
		if *batch <= 1 {
			return false
		}
		*batch /= 2
	}
	return true
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
	if s.stamp, err = stampOf(s.path); err != nil {
		return err
	}
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
		if s.stamp, err = stampOf(path); err != nil {
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
	Tokens    int64            `json:"tokens"`                      // decoded, prompts included
	Generated int64            `json:"generated"`                   // of these, sampled
	Setup     float64          `json:"setup_seconds"`               // making the context and checking the points
	Seconds   float64          `json:"seconds"`                     // decoding and writing, to the manifest
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
		return nil, s.suggestBatch(err)
	}
	defer engine.Close()
	m, checks, err := surveyContext(ctx, engine, p.Facts)
	if err != nil {
		return nil, err
	}
	columns := p.Columns()
	if _, err := p.plan(m); err != nil {
		return nil, err
	}
	w, err := storage.Create(storage.Config{Dir: s.Spec.Out, Overwrite: overwrite, Columns: columns, Rows: engine.Options().MicroBatch})
	if err != nil {
		return nil, createError(err, s.Spec.Out)
	}
	begun := time.Now()
	r := &Runner{Prepared: p, Map: m, Engine: engine, Writer: w, Progress: progress}
	err = r.Run(ctx)
	if err == nil {
		err = s.stamp.check()
	}
	manifest := s.manifest(tool, engine.Options(), checks, started)
	manifest.Status = storage.Complete
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		manifest.Status = storage.Interrupted
	default:
		manifest.Status, manifest.Error = storage.Failed, err.Error()
	}
	manifest.Host.Finished = time.Now().UTC()
	if merr := w.Finish(manifest); merr != nil {
		err = errors.Join(err, fmt.Errorf("no manifest written: %w", merr))
	}
	result := &Result{
		Dir: s.Spec.Out, Status: manifest.Status, Samples: w.Samples(), Rows: w.Rows(),
		Tokens: r.done.Tokens, Generated: r.done.Generated, Setup: begun.Sub(started).Seconds(), Seconds: time.Since(begun).Seconds(), Overflows: map[string]int64{},
	}
	for _, f := range manifest.Files {
		result.Bytes += f.Bytes
	}
	for i, n := range w.Overflows() {
		if n > 0 {
			result.Overflows[columns[i].Name] = n
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
