package storage

import (
	"context"
	"fmt"
	"path/filepath"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// adopt takes over a group of another run: its files are copied, to the byte, and held
// against size and sha256 on the way. A *disk.DamageError leaves the writer as it was; any
// other error ends it.
func (w *Writer) adopt(ctx context.Context, from string, g rundir.Group) error {
	if err := w.check(); err != nil {
		return err
	}
	if w.group != nil {
		return w.fail(fmt.Errorf("group %d is adopted while group %d is under way", g.Number, w.group.number))
	}
	activations, err := w.copyFile(ctx, from, g.Files[1])
	if err != nil {
		return w.unlessDamaged(err)
	}
	samples, err := w.copyFile(ctx, from, g.Files[0])
	if err != nil {
		activations.Discard()
		return w.unlessDamaged(err)
	}
	if _, err = activations.Commit(); err != nil {
		samples.Discard()
	} else if _, err = samples.Commit(); err == nil {
		err = w.fs.SyncDir(w.cfg.Dir)
	}
	if err == nil {
		err = w.enter(g)
	}
	return w.fail(err)
}

func (w *Writer) unlessDamaged(err error) error {
	if disk.IsDamage(err) {
		return err
	}
	return w.fail(err)
}

// copyFile copies a file of another run; the part is whole, and not committed.
func (w *Writer) copyFile(ctx context.Context, from string, f rundir.FileInfo) (*disk.Part, error) {
	name := filepath.Base(f.Name)
	return disk.CopyPart(ctx, w.fs, filepath.Join(from, name), filepath.Join(w.cfg.Dir, name), disk.Sum{Bytes: f.Bytes, SHA256: f.SHA256})
}
