package storage

import (
	"context"
	"os"
	"path/filepath"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// keep writes the files that the run keeps beside its data, or copies them from another
// run of the same spec. They are there for good before the journal is: where there is one,
// there is all that it takes to go on.
func (w *Writer) keep() error {
	written := false
	if w.cfg.Directions != nil {
		w.cfg.Manifest.Directions = &rundir.Directions{File: rundir.DirectionsName, SHA256: rundir.SumOf(w.cfg.Directions)}
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{rundir.DatasetName, w.cfg.Dataset}, {rundir.DirectionsName, w.cfg.Directions}} {
		if f.text == nil {
			continue
		}
		if err := disk.WriteWhole(w.fs, filepath.Join(w.cfg.Dir, f.name), f.text); err != nil {
			return err
		}
		written = true
	}
	if w.cfg.keptOf != "" {
		for _, f := range w.cfg.Manifest.Kept() {
			if err := w.copyKept(f); err != nil {
				return err
			}
			written = true
		}
	}
	if !written {
		return nil
	}
	return w.fs.SyncDir(w.cfg.Dir)
}

// copyKept copies a file that another run keeps.
func (w *Writer) copyKept(f rundir.KeptFile) error {
	info, err := os.Stat(filepath.Join(w.cfg.keptOf, f.Name))
	if err != nil {
		return err
	}
	p, err := w.copyFile(context.Background(), w.cfg.keptOf, rundir.FileInfo{Name: f.Name, Bytes: info.Size(), SHA256: f.SHA256})
	if err != nil {
		return err
	}
	_, err = p.Commit()
	return err
}
