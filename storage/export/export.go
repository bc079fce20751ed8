package export

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Write writes the tables of a finished run in another format, all groups as one; with
// Partial also those of another, as far as it got, which the metadata then say. Files
// appear whole or not at all. Memory holds pieces of single columns: it does not grow with
// the run. Errors wrap rundir.ErrNoRecord, ErrExists and ErrNoSample, are a *rundir.NotFinishedError or
// *UnknownColumnError, or come from the context or the file system.
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
	return &Result{cfg.Format, cfg.Out, e.activations.rows, e.samples.rows, e.partial(), cfg.Where, e.activations.tensors(), files}, nil
}

// write writes the files of the format.
func (e *export) write() ([]rundir.FileInfo, error) {
	dir := filepath.Dir(exportTargets(e.cfg)[0])
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
