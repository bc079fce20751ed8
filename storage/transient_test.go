package storage

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// transientFS has one fault, at its n-th operation of a kind, and works before and
// after it.
type transientFS struct {
	disk.OS
	left  atomic.Int64
	kind  string // what the fault is
	fault bool   // it has come
}

// The kinds of faults: any operation fails; a write stops half way and says so;
// a write stops half way and says that all went well.
const (
	fails = "an operation fails"
	short = "a write is cut short"
	lies  = "a write is cut short and reported whole"
)

func (f *transientFS) now(kind bool) bool {
	if !kind || f.left.Add(-1) != -1 {
		return false
	}
	f.fault = true
	return true
}

func (f *transientFS) step() error {
	if f.now(f.kind == fails) {
		return errFault
	}
	return nil
}

func (f *transientFS) Create(path string) (disk.File, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	file, err := f.OS.Create(path)
	return &transientFile{file, f}, err
}

func (f *transientFS) Open(path string) (disk.Source, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	return f.OS.Open(path)
}

func (f *transientFS) Rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.OS.Rename(from, to)
}

func (f *transientFS) Remove(path string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.OS.Remove(path)
}

func (f *transientFS) SyncDir(string) error { return f.step() }

type transientFile struct {
	disk.File
	fs *transientFS
}

func (f *transientFile) Write(b []byte) (int, error) {
	if f.fs.now(f.fs.kind != fails || len(b) > 0) {
		n, _ := f.File.Write(b[:len(b)/2])
		if f.fs.kind == lies {
			return len(b), nil
		}
		return n, errFault
	}
	return f.File.Write(b)
}

func (f *transientFile) Sync() error { return f.fs.step() }

// finishing ends a run whose write failed as a program does: with a manifest that
// says so, where that can be written.
func finishing(write func(*Writer) error) func(*Writer) error {
	return func(w *Writer) error {
		err := write(w)
		if err != nil {
			w.Finish(rundir.Failed, err)
		}
		return err
	}
}

// A fault that comes once is told, nothing is added after it, what was reported
// done is whole, and going on gives the files of a run without faults. A file system that
// takes half and says it took all is found out before anything is reported done.
func TestTransientFaults(t *testing.T) {
	want := wantedRun(t)
	_, step := moments()
	for _, kind := range []string{fails, short, lies} {
		tried, unseen := 0, 0
		for n := int64(0); ; n += step {
			root := t.TempDir()
			dir := filepath.Join(root, "run")
			fs := &transientFS{kind: kind}
			fs.left.Store(n)
			was, err := writeUntil(faultyConfig(dir, fs), Create, finishing(beginFaulty))
			if err == nil {
				was, err = writeUntil(faultyConfig(dir, fs), Resume, finishing(endFaulty))
			}
			if !fs.fault {
				require.NoError(t, err)
				break
			}
			tried++
			if err == nil { // the removal of what is of no use any more
				unseen++
				require.Equal(t, fails, kind)
			} else if kind != lies {
				require.ErrorIs(t, err, errFault, "operation %d", n)
			}
			was.status = ""
			r := keptPromises(t, dir, was)
			_, err = goOn(dir, faulty(plenty), r)
			require.NoError(t, err, "operation %d", n)
			sameRun(t, want, dir)
			os.RemoveAll(root)
		}
		require.Greater(t, tried, 20)
		t.Logf("torture: %s: %d moments tried, %d of no effect, 0 lost", kind, tried, unseen)
	}
}
