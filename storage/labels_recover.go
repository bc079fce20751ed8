package storage

import (
	"context"
	"os"
	"path/filepath"

	"intentprobe/storage/disk"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// labels copies the label tables of the run that are whole and of it.
func (r *recovery) labels(ctx context.Context) error {
	files, err := rundir.LabelFiles(r.dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(r.dir, f.File)
		t, err := labels.ReadFile(path)
		if err == nil && t.Run != r.m.RunID() {
			err = &disk.DamageError{Path: path, Err: labels.ErrOtherRun}
		}
		if err != nil {
			r.lose(f.File, 0, "%v", disk.Cause(err))
			continue
		}
		if err := r.copyLabels(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

func (r *recovery) copyLabels(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	in, err := disk.OpenPlain(path)
	if err != nil {
		return err
	}
	defer in.Close()
	p, err := disk.CreatePart(r.w.fs, filepath.Join(r.w.cfg.Dir, filepath.Base(path)), disk.PartSuffix)
	if err != nil {
		return err
	}
	if err := p.Fill(ctx, in, info.Size()); err != nil {
		p.Discard()
		return err
	}
	if _, err := p.Commit(); err != nil {
		return err
	}
	return r.w.fs.SyncDir(r.w.cfg.Dir)
}
