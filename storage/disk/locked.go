package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrGone says that the folder of a run was removed, moved or replaced while the
// run was written. Nothing is claimed of the folder that has its name now.
var ErrGone = errors.New("the folder was removed, moved or replaced while the run was written")

// LockedFS refuses to touch a folder of the run's name that is not the one whose
// lock is held: it may be another process's run.
type LockedFS struct {
	FS
	Lock *Lock
}

// here gives ErrGone where the folder of that name is another than the one that
// was locked.
func (l *Lock) here() error {
	if now, err := os.Stat(filepath.Dir(l.path)); err != nil || !os.SameFile(l.folder, now) {
		return ErrGone
	}
	return nil
}

// Create is that of FS; the error is ErrGone where the folder is another.
func (f LockedFS) Create(path string) (File, error) {
	if err := f.Lock.here(); err != nil {
		return nil, err
	}
	return f.FS.Create(path)
}

// Open is that of FS; the error is ErrGone where the folder is another.
func (f LockedFS) Open(path string) (Source, error) {
	if err := f.Lock.here(); err != nil {
		return nil, err
	}
	return f.FS.Open(path)
}

// Rename is that of FS; the error is ErrGone where the folder is another.
func (f LockedFS) Rename(from, to string) error {
	if err := f.Lock.here(); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

// Remove is that of FS; the error is ErrGone where the folder is another.
func (f LockedFS) Remove(path string) error {
	if err := f.Lock.here(); err != nil {
		return err
	}
	return f.FS.Remove(path)
}

// SyncDir is that of FS; the error is ErrGone where the folder is another.
func (f LockedFS) SyncDir(dir string) error {
	if err := f.Lock.here(); err != nil {
		return err
	}
	return f.FS.SyncDir(dir)
}
