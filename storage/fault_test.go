package storage

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/stretchr/testify/require"
)

// faultyFS fails its n-th operation and, as a full disk would, every later one
// but Remove.
type faultyFS struct {
	OS
	left atomic.Int64
}

func faulty(operations int64) *faultyFS {
	f := &faultyFS{}
	f.left.Store(operations)
	return f
}

var errFault = errors.New("no space left on device")

func (f *faultyFS) step() error {
	if f.left.Add(-1) < 0 {
		return errFault
	}
	return nil
}

func (f *faultyFS) Create(path string) (File, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	file, err := f.OS.Create(path)
	return &faultyFile{file, f}, err
}

func (f *faultyFS) Open(path string) (Source, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	file, err := f.OS.Open(path)
	return &faultySource{file, f}, err
}

func (f *faultyFS) Rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.OS.Rename(from, to)
}

// No power is cut here: files and folders are not really synced.
func (f *faultyFS) SyncDir(string) error { return f.step() }

type faultyFile struct {
	File
	fs *faultyFS
}

func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.fs.step(); err != nil {
		n, _ := f.File.Write(b[:len(b)/2]) // a short write, as ENOSPC gives
		return n, err
	}
	return f.File.Write(b)
}

func (f *faultyFile) Sync() error { return f.fs.step() }

type faultySource struct {
	Source
	fs *faultyFS
}

func (f *faultySource) Read(b []byte) (int, error) {
	if err := f.fs.step(); err != nil {
		return 0, err
	}
	return f.Source.Read(b)
}

// writeFaulty writes a shard of three samples, of which the second and third wait
// and spill, and gives up another of which the first sample is finished.
func writeFaulty(w *Writer) (committed int, err error) {
	shard := func(rows int) ([]*SampleWriter, error) {
		samples := []*SampleWriter{w.Begin(-1), w.Begin(-1), w.Begin(-1)}
		for j := range rows {
			for _, s := range samples {
				if err := writeRows(s, j, j+1); err != nil {
					return nil, err
				}
			}
		}
		return samples, nil
	}
	samples, err := shard(5)
	if err != nil {
		return 0, err
	}
	for _, s := range samples {
		if err := s.End(sample("a")); err != nil {
			return 0, err
		}
	}
	if err := w.Commit(); err != nil {
		return 0, err
	}
	if samples, err = shard(5); err != nil {
		return 1, err
	}
	if err := samples[0].End(sample("a")); err != nil {
		return 1, err
	}
	if err := w.Abandon(); err != nil {
		return 1, err
	}
	return 2, w.Finish(&Manifest{Status: Complete, Hooks: make([]Hook, len(columns))})
}

// Whatever operation fails: no file that looks whole is broken, no unfinished
// file stays, the writer refuses further use, and what was committed reads back.
func TestEveryFault(t *testing.T) {
	const plenty = 1 << 30
	rows := []int{5, 5, 5, 5}
	fs := faulty(plenty)
	w := create(t, Config{Rows: 2, FS: fs})
	committed, err := writeFaulty(w)
	require.NoError(t, err)
	require.Equal(t, 2, committed)
	checkRun(t, w.cfg.Dir, rows)
	operations := int(plenty - fs.left.Load())
	require.Greater(t, operations, 200)
	for n := range operations {
		w := create(t, Config{Rows: 2, FS: faulty(int64(n))})
		dir := w.cfg.Dir
		committed, err := writeFaulty(w)
		require.ErrorIs(t, err, errFault, "operation %d", n)
		noLeftovers(t, dir)
		if committed < 2 {
			_, reserve := w.Begin(-1).Reserve()
			for what, err := range map[string]error{"reserve": reserve, "commit": w.Commit(), "abandon": w.Abandon()} {
				require.ErrorIs(t, err, errFault, what)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, ManifestName)); err == nil {
			require.Equal(t, operations-1, n, "a manifest may only appear when the last sync of the folder fails")
		}
		whole, _ := filepath.Glob(filepath.Join(dir, "*.arrow"))
		for _, path := range whole {
			f, err := os.Open(path)
			require.NoError(t, err)
			_, err = ipc.NewFileReader(f)
			require.NoError(t, err, "operation %d: %s looks whole and is not", n, path)
			f.Close()
		}
		shards, _ := filepath.Glob(filepath.Join(dir, "samples-*.arrow"))
		require.GreaterOrEqual(t, len(shards), committed, "operation %d", n)
		if len(shards) > 0 {
			checkRun(t, dir, rows[:2+len(shards)])
		}
	}
}
