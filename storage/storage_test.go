package storage

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/x448/float16"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// columns are of every element type; the odd one makes sure of alignment.
var columns = []arrowfile.Column{
	{Name: "blocks.0.hook_resid_post", Shape: []int{8}, DType: arrowfile.Float32},
	{Name: "blocks.0.hook_mlp_out", Shape: []int{3}, DType: arrowfile.Float16},
	{Name: "blocks.0.attn.hook_z", Shape: []int{2, 4}, DType: arrowfile.Float32},
	{Name: "unembed.top_ids", Shape: []int{2}, DType: arrowfile.Int32},
}

func names() (out []string) {
	for _, c := range columns {
		out = append(out, c.Name)
	}
	return out
}

// values makes activations that say whose they are, exact in every type.
func values(sample int64, position, c int) (out []float32) {
	for j := range columns[c].Elements() {
		out = append(out, float32(sample%8)*128+float32(position)+float32(32*c)+float32(j))
	}
	return out
}

func row(position int) rundir.Row {
	r := rundir.Row{Position: int32(position), TokenID: int32(1000 + position), Token: "tök\n", Logprob: float32(math.NaN()), Entropy: 0.5, Turn: int32(position/2) - 1}
	if position >= 3 {
		r.Phase, r.Role, r.Generated, r.Logprob, r.Spans = 1, 2, true, float32(math.Copysign(0, -1)), []string{"claim"}
		r.Reasoning = position < 5
	}
	return r
}

// fill writes the activations of a row as the engine would.
func fill(w *Writer, p rowmem.Place, sample int64, position int) {
	for c, column := range columns {
		for j, x := range values(sample, position, c) {
			switch column.DType {
			case arrowfile.Float32:
				w.Floats(c, p)[j] = x
			case arrowfile.Float16:
				w.Halves(c, p)[j] = float16.Fromfloat32(x).Bits()
			case arrowfile.Int32:
				w.Ints(c, p)[j] = int32(x)
			}
		}
	}
}

// writeRows reserves, fills and adds rows of a sample, one at a time.
func writeRows(s *SampleWriter, from, to int) error {
	for i := from; i < to; i++ {
		p, err := s.Reserve()
		if err != nil {
			return err
		}
		fill(s.w, p, s.ID(), i)
		if err := s.Add(row(i)); err != nil {
			return err
		}
	}
	return nil
}

func sample(id string) rundir.Sample {
	label, question, condition, style := "lie", "q7", "honest", "terse"
	return rundir.Sample{
		PromptID: id, Label: &label, Question: &question, Condition: &condition, Style: &style,
		Prompt: "p", Response: "r", FinishReason: "stop", Meta: "{}",
		Alternatives: []string{"verdict:TRUE", "verdict:FALSE"}, AlternativeLogprobs: []float64{-0.25, -1.5},
	}
}

func create(t testing.TB, cfg Config) *Writer {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(t.TempDir(), "run")
	}
	if cfg.Rows == 0 {
		cfg.Rows = 4
	}
	cfg.Columns = columns
	if cfg.Manifest == nil {
		cfg.Manifest = &rundir.Manifest{Hooks: make([]rundir.Hook, len(columns))}
	}
	w, err := Create(cfg)
	require.NoError(t, err)
	return w
}

func finish(t testing.TB, w *Writer, status string) {
	t.Helper()
	_, err := w.Finish(status, nil)
	require.NoError(t, err)
}

// checkRun reads everything back and compares it with what row and values make.
func checkRun(t testing.TB, dir string, rows []int) {
	t.Helper()
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, samples, len(rows))
	for i, s := range samples {
		require.EqualValues(t, i, s.SampleID)
		require.EqualValues(t, rows[i], s.Rows)
		a, err := run.Read(s, names()...)
		require.NoError(t, err)
		require.Len(t, a.Rows, rows[i])
		for j, r := range a.Rows {
			want := row(j)
			assert.Equal(t, math.Float32bits(want.Logprob), math.Float32bits(r.Logprob))
			want.Logprob, r.Logprob = 0, 0
			require.Equal(t, want, r)
			for c, column := range columns {
				require.Equal(t, column.Shape, a.Shapes[c])
				n := column.Elements()
				require.Equal(t, values(s.SampleID, j, c), a.Values[c][j*n:(j+1)*n])
			}
		}
	}
	noLeftovers(t, dir)
}

// dataFiles lists what is in a run directory beside the journal and the lock.
func dataFiles(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if e.Name() != rundir.JournalName && e.Name() != disk.LockName {
			names = append(names, e.Name())
		}
	}
	return names
}

func noLeftovers(t testing.TB, dir string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(dir, "*.part"))
	require.Empty(t, left)
}

func TestRoundTripAcrossShards(t *testing.T) {
	w := create(t, Config{})
	rows := []int{4, 1, 11, 0, 3}
	for i, n := range rows {
		s := w.Begin(-1)
		require.NoError(t, writeRows(s, 0, n))
		require.NoError(t, s.End(sample("a")))
		if i%2 == 1 {
			require.NoError(t, w.Commit())
		}
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	checkRun(t, w.cfg.Dir, rows)
	m, err := rundir.ReadManifest(w.cfg.Dir)
	require.NoError(t, err)
	assert.EqualValues(t, 5, m.Samples)
	assert.EqualValues(t, 19, m.Rows)
	assert.Len(t, m.Files, 6)
}

func TestOverflowsAreCountedOfSamplesThatEnded(t *testing.T) {
	w := create(t, Config{})
	first, second := w.Begin(-1), w.Begin(-1)
	for s, bits := range map[*SampleWriter][]uint16{first: {0x7c00, 0x7bff, 0xfc00}, second: {0x7c00, 0x7c00, 0x7e00}} {
		place, err := s.Reserve()
		require.NoError(t, err)
		copy(w.Halves(1, place), bits) // infinite, the largest, minus infinite; no number
		require.NoError(t, s.Add(rundir.Row{Token: "x"}))
	}
	require.NoError(t, first.End(sample("a")))
	require.NoError(t, w.Abandon())
	assert.Equal(t, []int64{0, 2, 0, 0}, w.Overflows())
}

func TestDescribeNamesShapes(t *testing.T) {
	w := create(t, Config{})
	s := w.Begin(5)
	require.NoError(t, writeRows(s, 0, 5))
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	d, err := rundir.Describe(filepath.Join(w.cfg.Dir, "activations-00000.arrow"), 1)
	require.NoError(t, err)
	assert.Equal(t, 2, d.Batches)
	var types []string
	for _, c := range d.Columns[len(rundir.RequiredRowFields):] {
		types = append(types, c.Type)
	}
	assert.Equal(t, []string{"fixed_shape_tensor<float32>[8]", "fixed_shape_tensor<float16>[3]", "fixed_shape_tensor<float32>[2,4]", "fixed_shape_tensor<int32>[2]"}, types)
}

func TestPlacesAreAlignedAndPanicOnAnotherType(t *testing.T) {
	w := create(t, Config{Rows: 5})
	first, second := w.Begin(-1), w.Begin(-1)
	for _, s := range []*SampleWriter{first, second} {
		p, err := s.Reserve()
		require.NoError(t, err)
		assert.Zero(t, p.Capacity%2)
		assert.Len(t, w.Floats(2, p), 8)
		assert.Panics(t, func() { w.Floats(1, p) })
		assert.Panics(t, func() { w.Halves(0, p) })
	}
	require.NoError(t, w.Abandon())
}

// A writer that is forgotten lets go of its memory; the runtime panics where
// something stays pinned that nobody can unpin any more.
func TestForgottenWriterUnpinsItsMemory(t *testing.T) {
	w := create(t, Config{})
	require.NoError(t, writeRows(w.Begin(-1), 0, 9))
	require.NoError(t, writeRows(w.Begin(-1), 0, 3))
	for range 4 {
		runtime.GC()
	}
}

func TestCreateRefusesWhatItCannotWrite(t *testing.T) {
	for _, c := range []arrowfile.Column{{Name: "a", Shape: []int{4}, DType: "float64"}, {Name: "a", Shape: nil, DType: arrowfile.Float32}, {Name: "a", Shape: []int{4, 0}, DType: arrowfile.Float32}} {
		_, err := Create(Config{Dir: t.TempDir(), Rows: 1, Columns: []arrowfile.Column{c}})
		require.ErrorContains(t, err, `"a"`)
	}
	_, err := Create(Config{Dir: t.TempDir()})
	require.Error(t, err, "no rows")
}

func TestOutputFolder(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(Config{Dir: dir, Rows: 1})
	require.NoError(t, err, "an empty folder will do")
	_, err = Create(Config{Dir: dir, Rows: 1, Overwrite: true})
	var locked *disk.LockedError
	require.ErrorAs(t, err, &locked)
	assert.Equal(t, os.Getpid(), locked.Holder.PID)
	require.ErrorAs(t, disk.CheckLock(dir), &locked)
	w.Close()
	require.NoError(t, disk.CheckLock(dir))

	for _, name := range []string{"samples-00000.arrow", "spill-12.part", "activations-00001.arrow.short.part"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o666))
	}
	_, err = Create(Config{Dir: dir, Rows: 1})
	require.ErrorIs(t, err, rundir.ErrExists)
	w, err = Create(Config{Dir: dir, Rows: 1, Overwrite: true})
	require.NoError(t, err)
	noLeftovers(t, dir)
	w.Close()

	for name, manifest := range map[string]string{"thesis.tex": "", rundir.ManifestName: `{"name": "an extension", "version": 2}`} {
		mine := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(mine, []byte(manifest), 0o666))
		_, err = Create(Config{Dir: filepath.Dir(mine), Rows: 1, Overwrite: true})
		require.ErrorIs(t, err, rundir.ErrNotARun)
		assert.FileExists(t, mine)
	}
}

// What others put beside a run stays, whatever becomes of the run.
func TestForeignFilesOutliveARun(t *testing.T) {
	dir := wholeRun(t, []int{5, 4}, []int{3})
	foreign := addForeign(t, dir)
	kept := func() {
		for _, name := range foreign {
			text, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			require.Equal(t, "mine", string(text))
		}
	}
	w, err := Create(Config{Dir: dir, Rows: 1, Overwrite: true})
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, "samples-00001.arrow"))
	kept()
	w.Close()
	w, err = Resume(Config{Dir: dir, Rows: 1, Manifest: &rundir.Manifest{}})
	require.NoError(t, err)
	kept()
	w.undo(errFault)
	kept()
	require.NoFileExists(t, filepath.Join(dir, rundir.JournalName))
}

// The engine rounds to float16; what it stores is read back as it is.
func TestHalvesReadBack(t *testing.T) {
	w := create(t, Config{})
	s := w.Begin(1)
	p, err := s.Reserve()
	require.NoError(t, err)
	copy(w.Halves(1, p), []uint16{0x7c00, 0x0001, 0xc100})
	require.NoError(t, s.Add(row(0)))
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	run, err := rundir.Open(w.cfg.Dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	a, err := run.Read(samples[0], columns[1].Name)
	require.NoError(t, err)
	assert.Equal(t, []float32{float32(math.Inf(1)), 5.9604645e-8, -2.5}, a.Values[0])
}
