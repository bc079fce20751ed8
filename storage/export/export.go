package export

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Formats are the formats that Export writes.
var Formats = []string{"parquet", "npz", "safetensors"}

// ErrExists says that an export would write over a file.
var ErrExists = errors.New("output exists")

// Config says what to write of a run, and where.
type Config struct {
	Format    string   // one of Formats
	Out       string   // a folder for parquet, a file for the others; empty is what Path gives
	Columns   []string // globs over the names of activation columns; none takes all
	Overwrite bool     // replace files of an earlier export
	Tensors   bool     // parquet: activations as Arrow's tensors, not as plain lists
	Partial   bool     // write what is there of a run that is not finished
	FS        disk.FS  // nil is OS{}
}

// Result says what an export wrote.
type Result struct {
	Format  string            `json:"format"`
	Out     string            `json:"out"`
	Rows    int64             `json:"rows"`
	Samples int64             `json:"samples"`
	Partial string            `json:"partial,omitempty"` // of a run that is not finished: "8 of 24 samples"
	Columns []string          `json:"columns"`           // of activations
	Files   []rundir.FileInfo `json:"files"`
}

// Path is where an export goes that is told no place: beside the run, since
// a run directory holds nothing but the run.
func Path(run, format string) (string, error) {
	path, err := filepath.Abs(run)
	if format == "parquet" {
		return path + "-parquet", err
	}
	return path + "." + format, err
}

// Write writes the tables of a finished run in another format, all groups as
// one; with Partial also those of another, as far as it got, which the metadata
// then say. Files appear whole or not at all. Memory holds pieces of single columns:
// it does not grow with the run. Errors wrap ErrNoRecord and ErrExportExists, are a
// *NotFinishedError or *UnknownColumnError, or come from the context or the file
// system.
func Write(ctx context.Context, r *rundir.Run, cfg Config) (*Result, error) {
	if !slices.Contains(Formats, cfg.Format) {
		return nil, fmt.Errorf("format %q is none of %s", cfg.Format, strings.Join(Formats, ", "))
	}
	if r.Manifest == nil {
		return nil, fmt.Errorf("%w and no %s in %s", rundir.ErrNoRecord, rundir.JournalName, r.Dir)
	}
	if !r.Manifest.Finished() && (!cfg.Partial || r.Manifest.Samples == 0) {
		return nil, rundir.NotFinished(r.Dir, r.Manifest)
	}
	if cfg.FS == nil {
		cfg.FS = disk.OS{}
	}
	if cfg.Out == "" {
		var err error
		if cfg.Out, err = Path(r.Dir, cfg.Format); err != nil {
			return nil, err
		}
	}
	e, err := newExport(ctx, r, cfg)
	if err != nil {
		return nil, err
	}
	defer e.close()
	files, err := e.write()
	if err != nil {
		return nil, fmt.Errorf("export to %s: %w", cfg.Out, err)
	}
	return &Result{cfg.Format, cfg.Out, e.activations.rows, e.samples.rows, e.partial(), e.activations.tensors(), files}, nil
}

// partial says how much of the run is there; empty where all of it is.
func (e *export) partial() string {
	if e.manifest.Finished() {
		return ""
	}
	return e.manifest.Extent()
}

// export is an export under way.
type export struct {
	cfg                  Config
	manifest             *rundir.Manifest
	activations, samples *exportTable
	labels               []*exportTable // of parquet alone
}

func newExport(ctx context.Context, r *rundir.Run, cfg Config) (*export, error) {
	if err := checkExport(r.Dir, cfg); err != nil {
		return nil, err
	}
	e := &export{cfg: cfg, manifest: r.Manifest}
	if err := e.open(ctx, r); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *export) open(ctx context.Context, r *rundir.Run) (err error) {
	if e.activations, err = openExport(ctx, e.cfg.FS, r, "activations"); err != nil {
		return err
	}
	if e.samples, err = openExport(ctx, e.cfg.FS, r, "samples"); err != nil {
		return err
	}
	if err := e.activations.choose(e.cfg.Columns); err != nil {
		return err
	}
	if e.cfg.Format == "parquet" {
		if err := e.openLabels(ctx, r); err != nil {
			return err
		}
	}
	return e.samples.relocate(filepath.Base(e.targets()[0]), e.activations)
}

func (e *export) close() {
	for _, t := range append([]*exportTable{e.activations, e.samples}, e.labels...) {
		if t != nil {
			t.close()
		}
	}
}

// targets are the files that the export writes, the activations' first.
func (e *export) targets() []string { return exportTargets(e.cfg) }

func exportTargets(cfg Config) []string {
	if cfg.Format == "parquet" {
		return []string{filepath.Join(cfg.Out, "activations.parquet"), filepath.Join(cfg.Out, "samples.parquet")}
	}
	return []string{cfg.Out}
}

func (e *export) write() ([]rundir.FileInfo, error) {
	dir := filepath.Dir(e.targets()[0])
	if err := e.cfg.FS.MkdirAll(dir); err != nil {
		return nil, err
	}
	writers := map[string]func() ([]rundir.FileInfo, error){
		"parquet": e.parquet, "npz": e.npz, "safetensors": e.safetensors,
	}
	files, err := writers[e.cfg.Format]()
	if err == nil {
		err = e.cfg.FS.SyncDir(dir)
	}
	return files, err
}
