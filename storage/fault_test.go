package storage

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// faultyFS fails its n-th operation and, as a full disk would, every later one
// but Remove.
type faultyFS struct {
	disk.OS
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

func (f *faultyFS) Create(path string) (disk.File, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	file, err := f.OS.Create(path)
	return &faultyFile{file, f}, err
}

func (f *faultyFS) Open(path string) (disk.Source, error) {
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
	disk.File
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
	disk.Source
	fs *faultyFS
}

func (f *faultySource) Read(b []byte) (int, error) {
	if err := f.fs.step(); err != nil {
		return 0, err
	}
	return f.Source.Read(b)
}

// faultyGroups are samples of so many rows each, in groups of three.
var faultyGroups = [][]int{{5, 5, 5}, {5, 1, 5}, {4, 6, 2}}

// writeGroup writes the samples of a group side by side, so that some wait and
// spill. Of the second the rows are held to the end, and one row is dropped.
func writeGroup(w *Writer, number int) error {
	if err := w.StartGroup(number, int64(3*number)); err != nil {
		return err
	}
	samples := []*SampleWriter{w.Begin(-1), w.BeginHeld(), w.Begin(-1)}
	for i := range 7 {
		for n, s := range samples {
			rows, write := faultyGroups[number][n], writeRows
			if s.holds {
				rows, write = rows+1, holdRows
			}
			if i >= rows {
				continue
			}
			if err := write(s, i, i+1); err != nil {
				return err
			}
		}
	}
	if err := judge(samples[1], faultyGroups[number][1]); err != nil {
		return err
	}
	for _, s := range samples {
		if err := s.End(sample("a")); err != nil {
			return err
		}
	}
	return w.Commit()
}

// holdRows reserves, fills and holds rows of a sample.
func holdRows(s *SampleWriter, from, to int) error {
	for i := from; i < to; i++ {
		p, err := s.Reserve()
		if err != nil {
			return err
		}
		fill(s.w, p, s.ID(), i)
		if err := s.Hold(); err != nil {
			return err
		}
	}
	return nil
}

// judge keeps so many of the rows held and drops the next.
func judge(s *SampleWriter, keep int) error {
	for i := range keep {
		if err := s.Add(row(i)); err != nil {
			return err
		}
	}
	return s.Drop()
}

// beginFaulty writes the first group, and gives up the second when one of its
// samples is finished.
func beginFaulty(w *Writer) error {
	if err := writeGroup(w, 0); err != nil {
		return err
	}
	samples := []*SampleWriter{w.Begin(-1), w.Begin(-1)}
	for _, s := range samples {
		if err := writeRows(s, 0, 5); err != nil {
			return err
		}
	}
	if err := samples[0].End(sample("a")); err != nil {
		return err
	}
	if err := w.Abandon(); err != nil {
		return err
	}
	_, err := w.Finish(rundir.Interrupted, nil)
	return err
}

// endFaulty writes the groups that are missing.
func endFaulty(w *Writer) error {
	for n := range faultyGroups {
		if w.Has(n) {
			continue
		}
		if err := writeGroup(w, n); err != nil {
			return err
		}
	}
	_, err := w.Finish(rundir.Complete, nil)
	return err
}

func writeFaulty(cfg Config) error { return withWriter(cfg, Create, beginFaulty) }

func resumeFaulty(cfg Config) error { return withWriter(cfg, Resume, endFaulty) }

func withWriter(cfg Config, open func(Config) (*Writer, error), write func(*Writer) error) error {
	w, err := open(cfg)
	if err != nil {
		return err
	}
	defer w.Close()
	return write(w)
}

func faultyConfig(dir string, fs disk.FS) Config {
	return Config{Dir: dir, Rows: 2, FS: fs, Columns: columns, Reduce: rundir.Reductions, Dataset: []byte("{}\n"), Directions: []byte("d"),
		Manifest: &rundir.Manifest{Hooks: make([]rundir.Hook, len(columns)), Dataset: rundir.Dataset{SHA256: rundir.SumOf([]byte("{}\n"))}, Directions: &rundir.Directions{File: rundir.DirectionsName, SHA256: rundir.SumOf([]byte("d"))}, Plan: &rundir.Plan{Samples: 9, GroupSamples: 3}}}
}

const plenty = 1 << 30

// operations counts what a run asks of the file system.
func operations(t *testing.T, run func(fs disk.FS) error) int64 {
	fs := faulty(plenty)
	require.NoError(t, run(fs))
	return plenty - fs.left.Load()
}

// wholeGroups wants every group that is reported done to be whole, and gives how
// many there are.
func wholeGroups(t *testing.T, dir string) int {
	j, err := rundir.ReadJournal(dir)
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(t, err)
	for _, g := range j.Groups {
		for _, f := range g.Files {
			text, err := os.ReadFile(filepath.Join(dir, f.Name))
			require.NoError(t, err)
			require.Equal(t, f.SHA256, rundir.SumOf(text), f.Name)
		}
	}
	return len(j.Groups)
}

// Whatever operation fails, in a run or in one that is resumed: what was reported
// done is whole, and resuming once more gives the files of a run without faults.
func TestEveryFault(t *testing.T) {
	want := filepath.Join(t.TempDir(), "run")
	require.NoError(t, writeFaulty(faultyConfig(want, disk.OS{})))
	require.NoError(t, resumeFaulty(faultyConfig(want, disk.OS{})))
	noLeftovers(t, want)
	checkRun(t, want, []int{5, 5, 5, 5, 1, 5, 4, 6, 2})
	finished := func(t *testing.T, dir string) {
		noLeftovers(t, dir)
		for _, name := range dataFiles(t, want) {
			if name != rundir.ManifestName {
				a, err := os.ReadFile(filepath.Join(want, name))
				require.NoError(t, err)
				b, err := os.ReadFile(filepath.Join(dir, name))
				require.NoError(t, err)
				require.Equal(t, a, b, name)
			}
		}
	}
	// Each fault of a first run, and of a second one that resumes.
	dir := filepath.Join(t.TempDir(), "run")
	first := operations(t, func(fs disk.FS) error { return writeFaulty(faultyConfig(dir, fs)) })
	second := operations(t, func(fs disk.FS) error { return resumeFaulty(faultyConfig(dir, fs)) })
	finished(t, dir)
	require.Greater(t, first+second, int64(300))
	step := int64(1)
	if testing.Short() {
		step = 19
	}
	for n := int64(0); n < first+second; n += step {
		dir := filepath.Join(t.TempDir(), "run")
		if n < first {
			require.ErrorIs(t, writeFaulty(faultyConfig(dir, faulty(n))), errFault, "operation %d", n)
		} else {
			require.NoError(t, writeFaulty(faultyConfig(dir, disk.OS{})))
			require.ErrorIs(t, resumeFaulty(faultyConfig(dir, faulty(n-first))), errFault, "operation %d", n)
		}
		done := wholeGroups(t, dir)
		err := resumeFaulty(faultyConfig(dir, faulty(plenty)))
		if os.IsNotExist(err) {
			require.Zero(t, done)
			if _, err := os.Stat(filepath.Join(dir, rundir.ManifestName)); err == nil {
				require.Greater(t, n, first, "operation %d", n) // it was complete but for the last sync
				finished(t, dir)
				continue
			}
			require.Less(t, n, int64(30), "operation %d", n)
			require.Empty(t, dataFiles(t, dir), "nothing was begun")
			continue
		}
		require.NoError(t, err, "operation %d", n)
		finished(t, dir)
	}
}
