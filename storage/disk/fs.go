package disk

import (
	"errors"
	"io"
	"os"
)

// FS is what the writer asks of a file system; tests wrap it to inject faults.
type FS interface {
	MkdirAll(dir string) error
	Create(path string) (File, error) // truncates
	Open(path string) (Source, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(dir string) error
}

// File is an open file of an FS.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// Source is a file of an FS that is read.
type Source interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// OS is the real file system.
type OS struct{}

// MkdirAll makes a folder and those above it.
func (OS) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o777) }

// Create opens a file for writing, empty. Its bytes begin to go to the disk while
// more are written, where the system can do that.
func (OS) Create(path string) (File, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &eagerFile{File: f}, nil
}

// Open opens a file for reading.
func (OS) Open(path string) (Source, error) { return os.Open(path) }

// Rename moves a file over another in one step.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove deletes a file.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir makes renames in a folder last through a power cut. File systems that cannot
// sync a folder are no error.
func (OS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrInvalid) {
		return err
	}
	return nil
}

// Unsynced is the real file system without its promise that what is synced lasts:
// for files that are thrown away.
type Unsynced struct{ OS }

// Create opens a file for writing, empty; its Sync does nothing.
func (Unsynced) Create(path string) (File, error) {
	f, err := os.Create(path)
	return unsyncedFile{f}, err
}

// SyncDir does nothing.
func (Unsynced) SyncDir(string) error { return nil }

type unsyncedFile struct{ *os.File }

func (unsyncedFile) Sync() error { return nil }
