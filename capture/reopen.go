package capture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/models/find"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// ReopenOptions says how to load again what a run was made from.
type ReopenOptions struct {
	Model    string   // file or name to use; empty: found by its sha256
	Adapters []string // files of the adapters, in the order of the run; nil: found by their sha256
	RPC      []string // where the workers of the run are now; nil: where they were

	Threads   spec.Auto    // 0: as many as then
	GPULayers *spec.Layers // nil: as many as then
	Device    []string     // nil: those of then

	Tool rundir.Tool // this program
	Options
	Add bool // to add to the run what it lacks
}

// Reopened is a session made from a run directory: the spec, the prompts and the
// numbers that were chosen when the run began.
type Reopened struct {
	*Session
	Record      *rundir.Run
	Differences []rundir.Difference // between then and now
}

// Reopen reads a run directory and loads its model again. Nothing is written. The
// directory is enough: where the prompts came from does not matter. When ctx ends, loading stops
// with ctx's error.
func Reopen(ctx context.Context, dir string, opt ReopenOptions) (*Reopened, error) {
	record, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, reopenError(err, dir)
	}
	m := record.Manifest
	if opt.Add && m.Status != rundir.Complete {
		if err := m.Resumable(); err != nil {
			return nil, err
		}
	}
	spec, err := spec.OfRun(m)
	if err != nil {
		return nil, err
	}
	data, err := datasetOf(record)
	if err != nil {
		return nil, err
	}
	path, err := findByChecksum(ctx, m, spec.Model, opt.Model)
	if err != nil {
		return nil, err
	}
	adapters, err := findAdaptersOf(ctx, m, &spec, filepath.Dir(path), opt.Adapters)
	if err != nil {
		return nil, err
	}
	spec.Out = dir
	if len(opt.RPC) > 0 && len(spec.Engine.RPC) == 0 {
		return nil, hint.Usage(fmt.Errorf("engine.rpc names workers, and the run has none"), "leave ", hint.Key("engine.rpc"), " out")
	}
	if len(opt.RPC) > 0 && len(opt.RPC) != len(spec.Engine.RPC) {
		return nil, hint.Usage(fmt.Errorf("engine.rpc names %s, the run has %d", plural.Count(len(opt.RPC), "worker"), len(spec.Engine.RPC)), "name as many, in their order: "+strings.Join(spec.Engine.RPC, ","))
	}
	if err := opt.place(&spec.Engine); err != nil {
		return nil, err
	}
	threads := max(1, m.Engine.Threads)
	if opt.Threads > 0 {
		threads = int(opt.Threads)
	}
	r := &Reopened{Session: &Session{Spec: spec, Threads: threads, path: path, adapterPaths: adapters, elsewhere: opt.RPC, options: opt.Options}, Record: record}
	if err := r.keptDirections(record); err != nil {
		return nil, err
	}
	if err := r.open(ctx, data); err != nil {
		return nil, err
	}
	now := r.identity(opt.Tool, r.Prepared.ContextOptions(r.Threads))
	now.Dataset.File = m.Dataset.File
	r.Differences = rundir.Differences(m, now)
	return r, nil
}

// place puts the model where it is to be now. What it changes of the run's engine is a
// difference between then and now.
func (o *ReopenOptions) place(e *spec.Engine) error {
	if err := spec.CheckThreads(o.Threads); err != nil {
		return err
	}
	if o.GPULayers != nil {
		e.GPULayers = *o.GPULayers
	}
	if o.Device != nil {
		e.Device = o.Device
		if o.GPULayers == nil {
			e.GPULayers = spec.AutoLayers
		}
	}
	if o.GPULayers != nil || o.Device != nil {
		e.TensorSplit = nil // was for other layers or devices
		if e.GPULayers == 0 || slices.Equal(e.Device, []string{"none"}) {
			e.RPC = nil // nothing is asked of workers
		}
	}
	return e.CheckDevices()
}

// reopenError says what to do about a folder that holds no run to go on from.
func reopenError(err error, dir string) error {
	var format *rundir.FormatError
	switch {
	case errors.As(err, &format):
		return err
	case os.IsNotExist(err), errors.Is(err, rundir.ErrNoRecord):
		return hint.Usage(err, "name a run directory: ", hint.Command{"run"}, " writes one")
	}
	return hint.With(err, "save what is whole into another folder with ", hint.Command{"recover", dir})
}

// datasetOf reads the prompts that a run keeps.
func datasetOf(r *rundir.Run) (*dataset.Dataset, error) {
	path := filepath.Join(r.Dir, rundir.DatasetName)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, hint.With(&disk.DamageError{Path: path, Err: errors.New("is missing")}, "copy the file again from where the run is whole")
	}
	data, err := dataset.Read(spec.Prompts{File: path})
	if err != nil {
		return nil, err
	}
	if data.SHA256 != r.Manifest.Dataset.SHA256 {
		return nil, hint.With(fmt.Errorf("dataset: %s was changed: it has the sha256 %s, the run was begun with %s", path, data.SHA256, r.Manifest.Dataset.SHA256),
			"copy the file again from where the run is whole")
	}
	return data, nil
}

// findByChecksum finds the model file of a run by its content: the one named, or
// the one where it lay, or any on this machine of the same size.
func findByChecksum(ctx context.Context, m *rundir.Manifest, name, given string) (string, error) {
	want := m.Model.SHA256
	if given != "" {
		path, err := FindModel(given)
		if err != nil {
			return "", err
		}
		files, err := models.Check(path, models.LoadOptions{IgnoreMemory: true})
		if err != nil {
			return "", err
		}
		is, err := identify(ctx, files)
		if err == nil && is.sha256 != want {
			err = hint.With(fmt.Errorf("model: %s has the sha256 %s, the run was made with %s (%s)", path, is.sha256, want, m.Model.File), "name the file that the run was made with")
		}
		return path, err
	}
	candidates := []string{filepath.Join(m.Host.ModelDir, filepath.Base(m.Model.File))}
	if embedded(name) {
		path, err := FindModel(name)
		if err != nil {
			return "", err
		}
		candidates = append(candidates, path)
	}
	candidates = append(candidates, name)
	for _, f := range find.Models(find.Places()) {
		candidates = append(candidates, f.Path)
	}
	for _, path := range candidates {
		info, err := os.Stat(path)
		several := strings.Contains(filepath.Base(path), "-00001-of-") // then the sizes are of all
		if err != nil || info.Size() != m.Model.Bytes && !several {
			continue
		}
		files, err := models.Check(path, models.LoadOptions{IgnoreMemory: true})
		if err != nil || bytesOf(files) != m.Model.Bytes {
			continue
		}
		if is, err := identify(ctx, files); err == nil && is.sha256 == want {
			return path, nil
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
	return "", hint.With(fmt.Errorf("model: no file with the sha256 %s (%s, %d bytes) was found", want, m.Model.File, m.Model.Bytes),
		"name it: ", hint.Key("model"), " FILE")
}
