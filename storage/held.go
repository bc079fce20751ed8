package storage

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrGone says that the folder of a run was removed, moved or replaced while the
// run was written. Nothing is claimed of the folder that has its name now.
var ErrGone = errors.New("the folder was removed, moved or replaced while the run was written")

// heldFS refuses to touch a folder of the run's name that is not the one whose
// lock is held: it may be another process's run.
type heldFS struct {
	FS
	lock *lock
}

// here gives ErrGone where the folder of that name is another than the one that
// was locked.
func (l *lock) here() error {
	if now, err := os.Stat(filepath.Dir(l.path)); err != nil || !os.SameFile(l.folder, now) {
		return ErrGone
	}
	return nil
}

func (f heldFS) Create(path string) (File, error) {
	if err := f.lock.here(); err != nil {
		return nil, err
	}
	return f.FS.Create(path)
}

func (f heldFS) Open(path string) (Source, error) {
	if err := f.lock.here(); err != nil {
		return nil, err
	}
	return f.FS.Open(path)
}

func (f heldFS) Rename(from, to string) error {
	if err := f.lock.here(); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

func (f heldFS) Remove(path string) error {
	if err := f.lock.here(); err != nil {
		return err
	}
	return f.FS.Remove(path)
}

func (f heldFS) SyncDir(dir string) error {
	if err := f.lock.here(); err != nil {
		return err
	}
	return f.FS.SyncDir(dir)
}
