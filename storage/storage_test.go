package storage

import (
	"errors"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const width = 8

var points = []string{"blocks.0.hook_resid_post", "ln_final.hook_normalized"}

// vectors makes activations that say whose they are.
func vectors(sample int64, position int) [][]float32 {
	out := make([][]float32, len(points))
	for p := range out {
		for j := range width {
			out[p] = append(out[p], float32(sample)*100+float32(position)+float32(p)/2+float32(j)/16)
		}
	}
	return out
}

func row(position int) Row {
	r := Row{Position: int32(position), TokenID: int32(1000 + position), Token: "tök", Logprob: float32(math.NaN()), Entropy: 0.5}
	if position >= 3 {
		r.Phase, r.Role, r.Generated, r.Logprob, r.Spans = 1, 2, true, -1.25, []string{"claim"}
	}
	return r
}

func writeSample(t *testing.T, s *SampleWriter, rows int) {
	t.Helper()
	for i := range rows {
		require.NoError(t, s.Add(row(i), vectors(s.ID(), i)))
	}
}

func sample(id string) Sample {
	label := "lie"
	return Sample{PromptID: id, Label: &label, Prompt: "p", Response: "r", FinishReason: "stop", Meta: "{}"}
}

func create(t *testing.T, cfg Config) *Writer {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(t.TempDir(), "run")
	}
	cfg.Points, cfg.Width = points, width
	if cfg.DType == "" {
		cfg.DType = Float32
	}
	w, err := Create(cfg)
	require.NoError(t, err)
	return w
}

// checkRun reads everything back and compares it with what row and vectors make.
func checkRun(t *testing.T, dir string, rows []int) {
	t.Helper()
	run, err := Open(dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, samples, len(rows))
	for i, s := range samples {
		require.EqualValues(t, i, s.SampleID)
		require.EqualValues(t, rows[i], s.Rows)
		a, err := run.Read(s, points...)
		require.NoError(t, err)
		require.Len(t, a.Rows, rows[i])
		for j, r := range a.Rows {
			want := row(j)
			assert.Equal(t, want.Position, r.Position)
			assert.Equal(t, want.TokenID, r.TokenID)
			assert.Equal(t, want.Phase, r.Phase)
			assert.Equal(t, want.Role, r.Role)
			assert.Equal(t, want.Generated, r.Generated)
			assert.Equal(t, want.Spans, r.Spans)
			assert.Equal(t, math.IsNaN(float64(want.Logprob)), math.IsNaN(float64(r.Logprob)))
			for p := range points {
				require.Equal(t, vectors(s.SampleID, j)[p], a.Values[p][j*width:(j+1)*width])
			}
		}
	}
}

func TestRoundTripAcrossShards(t *testing.T) {
	w := create(t, Config{})
	rows := []int{4, 1, 7, 0, 3}
	for i, n := range rows {
		s := w.Begin()
		writeSample(t, s, n)
		require.NoError(t, s.End(sample("a")))
		if i%2 == 1 {
			require.NoError(t, w.Commit())
		}
	}
	require.NoError(t, w.Commit())
	require.NoError(t, w.Finish(&Manifest{Status: Complete, Hooks: make([]Hook, 2)}))
	checkRun(t, w.cfg.Dir, rows)
	m, err := ReadManifest(w.cfg.Dir)
	require.NoError(t, err)
	assert.EqualValues(t, 5, m.Samples)
	assert.EqualValues(t, 15, m.Rows)
	assert.Len(t, m.Files, 6)
	left, _ := filepath.Glob(filepath.Join(w.cfg.Dir, "*.part"))
	assert.Empty(t, left)
}

// Samples that run at once end in any order and still lie in order of their ids.
func TestInterleavedSamplesLieInOrder(t *testing.T) {
	for seed := range int64(20) {
		rng := rand.New(rand.NewSource(seed))
		w := create(t, Config{})
		w.batchRows = 3
		rows := []int{5, 9, 1, 4}
		var open []*SampleWriter
		at := make([]int, len(rows))
		for range rows {
			open = append(open, w.Begin())
		}
		ended := 0
		for ended < len(rows) {
			i := rng.Intn(len(rows))
			switch {
			case at[i] < rows[i]:
				require.NoError(t, open[i].Add(row(at[i]), vectors(int64(i), at[i])))
				at[i]++
			case at[i] == rows[i]:
				require.NoError(t, open[i].End(sample("x")))
				at[i]++
				ended++
			}
		}
		require.NoError(t, w.Commit())
		checkRun(t, w.cfg.Dir, rows)
	}
}

func TestAbandonKeepsFinishedSamples(t *testing.T) {
	for _, batchRows := range []int{1000, 4, 1} { // unfinished rows still in memory, or already written
		w := create(t, Config{})
		w.batchRows = batchRows
		for range 2 {
			s := w.Begin()
			writeSample(t, s, 5)
			require.NoError(t, s.End(sample("a")))
		}
		writeSample(t, w.Begin(), 9)
		require.NoError(t, w.Abandon())
		checkRun(t, w.cfg.Dir, []int{5, 5})
		left, _ := filepath.Glob(filepath.Join(w.cfg.Dir, "*.part"))
		assert.Empty(t, left)
	}
}

func TestAbandonWithoutAFinishedSampleLeavesNoFile(t *testing.T) {
	w := create(t, Config{})
	w.batchRows = 2
	writeSample(t, w.Begin(), 5)
	require.NoError(t, w.Abandon())
	entries, err := os.ReadDir(w.cfg.Dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestHalfPrecisionRoundsAndCounts(t *testing.T) {
	w := create(t, Config{DType: Float16})
	s := w.Begin()
	in := []float32{1, -2.5, 65504, 65520, -1e6, 6e-8, float32(math.Inf(1)), 1.0009766}
	require.NoError(t, s.Add(Row{}, [][]float32{in, in}))
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	assert.Equal(t, []int64{2, 2}, w.Overflows(), "65520 and -1e6; an infinity was one before")
	run, err := Open(w.cfg.Dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	a, err := run.Read(samples[0], points[0])
	require.NoError(t, err)
	inf := float32(math.Inf(1))
	assert.Equal(t, []float32{1, -2.5, 65504, inf, -inf, 5.9604645e-8, inf, 1.0009766}, a.Values[0])
}

func TestSchemaIsThePromise(t *testing.T) {
	f := activationSchema(points, width, Float16).Field(10)
	assert.Equal(t, points[0], f.Name)
	assert.Equal(t, arrow.FIXED_SIZE_LIST, f.Type.ID())
	name, _ := f.Metadata.GetValue("ARROW:extension:name")
	assert.Equal(t, "arrow.fixed_shape_tensor", name)
	shape, _ := f.Metadata.GetValue("ARROW:extension:metadata")
	assert.JSONEq(t, `{"shape":[8]}`, shape)
	assert.Equal(t, []byte{0, 0, 0x80, 0x3f}, floatBytes([]float32{1}), "little-endian")
}

func TestOutputFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := Create(Config{Dir: dir, DType: Float32})
	require.NoError(t, err, "an empty folder will do")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "samples-00000.arrow"), nil, 0o666))
	_, err = Create(Config{Dir: dir, DType: Float32})
	require.ErrorIs(t, err, ErrExists)
	_, err = Create(Config{Dir: dir, DType: Float32, Overwrite: true})
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o666))
	_, err = Create(Config{Dir: dir, DType: Float32, Overwrite: true})
	require.ErrorIs(t, err, ErrNotARun)
	assert.FileExists(t, filepath.Join(dir, "thesis.tex"))
}

// faultyFS fails its n-th operation and, as a full disk would, every later one
// but Remove.
type faultyFS struct {
	OS
	left int
}

var errFault = errors.New("no space left on device")

func (f *faultyFS) step() error {
	f.left--
	if f.left < 0 {
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

func (f *faultyFS) Rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.OS.Rename(from, to)
}

func (f *faultyFS) SyncDir(dir string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.OS.SyncDir(dir)
}

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

func (f *faultyFile) Sync() error {
	if err := f.fs.step(); err != nil {
		return err
	}
	return f.File.Sync()
}

// Whatever operation fails: no file that looks whole is broken, no unfinished
// file stays, the writer refuses further use, and what was committed reads back.
func TestEveryFault(t *testing.T) {
	run := func(dir string, fs FS) (committed int, err error) {
		w, err := Create(Config{Dir: dir, FS: fs, Points: points, Width: width, DType: Float32})
		if err != nil {
			return 0, err
		}
		w.batchRows = 2
		for i := range 3 {
			s := w.Begin()
			for j := range 5 {
				if err := s.Add(row(j), vectors(s.ID(), j)); err != nil {
					assert.ErrorIs(t, w.Commit(), errFault, "sticky")
					return committed, err
				}
			}
			if err := s.End(sample("a")); err != nil {
				return committed, err
			}
			if err := w.Commit(); err != nil {
				assert.ErrorIs(t, w.Begin().Add(Row{}, vectors(0, 0)), errFault, "sticky")
				return committed, err
			}
			committed = i + 1
		}
		return committed, w.Finish(&Manifest{Status: Complete, Hooks: make([]Hook, 2)})
	}
	total := &faultyFS{left: 1 << 30}
	_, err := run(filepath.Join(t.TempDir(), "whole"), total)
	require.NoError(t, err)
	operations := 1<<30 - total.left
	require.Greater(t, operations, 50)
	for n := range operations {
		dir := filepath.Join(t.TempDir(), "run")
		committed, err := run(dir, &faultyFS{left: n})
		require.ErrorIs(t, err, errFault, "operation %d", n)
		left, _ := filepath.Glob(filepath.Join(dir, "*.part"))
		require.Empty(t, left, "operation %d", n)
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
			checkRun(t, dir, []int{5, 5, 5}[:len(shards)])
		}
	}
}
