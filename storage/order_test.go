package storage

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
)

// inTurn writes samples one after another and gives the run directory.
func inTurn(t testing.TB, rows []int) string {
	w := create(t, Config{})
	for _, n := range rows {
		s := w.Begin(-1)
		require.NoError(t, writeRows(s, 0, n))
		require.NoError(t, s.End(sample("a")))
	}
	require.NoError(t, w.Commit())
	return w.cfg.Dir
}

// sameFiles compares every Arrow file of two runs byte by byte.
func sameFiles(t testing.TB, want, got string) {
	t.Helper()
	for _, name := range []string{"activations-00000.arrow", "samples-00000.arrow"} {
		a, err := os.ReadFile(filepath.Join(want, name))
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(got, name))
		require.NoError(t, err)
		require.True(t, string(a) == string(b), name)
	}
}

// countingFS counts the spill files that were made.
type countingFS struct {
	disk.OS
	spills int
}

func (f *countingFS) Create(path string) (disk.File, error) {
	if ok, _ := filepath.Match("spill-*.part", filepath.Base(path)); ok {
		f.spills++
	}
	return f.OS.Create(path)
}

// open is a sample under way, for a random schedule.
type open struct {
	*SampleWriter
	reserved, added, rows int
}

// atRandom decodes micro-batches of any mixture of the samples.
func atRandom(t testing.TB, w *Writer, rows []int, rng *rand.Rand) {
	var samples []*open
	for _, n := range rows {
		told := -1
		if rng.Intn(2) == 0 {
			told = n
		}
		samples = append(samples, &open{SampleWriter: w.Begin(told), rows: n})
	}
	left := samples
	for len(left) > 0 {
		for range w.cfg.Rows {
			s := left[rng.Intn(len(left))]
			if s.reserved == s.rows {
				continue
			}
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), s.reserved)
			s.reserved++
		}
		var still []*open
		for _, i := range rng.Perm(len(left)) {
			s := left[i]
			for ; s.added < s.reserved; s.added++ {
				require.NoError(t, s.Add(row(s.added)))
			}
			if s.added == s.rows && rng.Intn(2) == 0 {
				require.NoError(t, s.End(sample("a")))
			} else {
				still = append(still, s)
			}
		}
		left = still
		require.LessOrEqual(t, w.pool.rows, w.cfg.Rows)
	}
	require.NoError(t, w.Commit())
}

// The bytes are a function of samples and rows alone: neither the order in which
// samples advance, nor what was told of them, nor what was spilled shows.
func TestBytesDoNotDependOnInterleaving(t *testing.T) {
	rows := []int{5, 29, 1, 0, 17, 4, 8}
	want := inTurn(t, rows)
	checkRun(t, want, rows)
	spills := 0
	for seed := range int64(40) {
		fs := &countingFS{}
		w := create(t, Config{FS: fs})
		atRandom(t, w, rows, rand.New(rand.NewSource(seed)))
		sameFiles(t, want, w.cfg.Dir)
		noLeftovers(t, w.cfg.Dir)
		spills += fs.spills
	}
	assert.Greater(t, spills, 40, "the test is meant to spill")
}

// A long sample that must wait costs a file, and memory as the documentation says.
func TestMemoryIsBounded(t *testing.T) {
	fs := &countingFS{}
	w := create(t, Config{Rows: 16, FS: fs})
	first := w.Begin(-1)
	var later []*SampleWriter
	for range 20 {
		later = append(later, w.Begin(-1))
	}
	for i := range 100 {
		for _, s := range append([]*SampleWriter{first}, later...) {
			require.NoError(t, writeRows(s, i, i+1))
		}
		require.LessOrEqual(t, w.pool.rows, 16)
	}
	assert.Equal(t, 20, fs.spills, "one file a sample")
	var rows []int
	for _, s := range append([]*SampleWriter{first}, later...) {
		require.NoError(t, s.End(sample("a")))
		rows = append(rows, 100)
	}
	require.NoError(t, w.Commit())
	assert.Equal(t, 16, w.pool.rows)
	checkRun(t, w.cfg.Dir, rows)
}

// Samples whose lengths are told do not wait, and nothing waits of one alone.
func TestWhatIsToldIsWrittenStraight(t *testing.T) {
	w := create(t, Config{Rows: 8})
	rows := []int{3, 9, 2, 10}
	var samples []*SampleWriter
	for _, n := range rows {
		samples = append(samples, w.Begin(n))
	}
	for i, s := range samples {
		require.NoError(t, writeRows(s, 0, rows[i]))
	}
	for i := range samples {
		require.NoError(t, samples[len(samples)-1-i].End(sample("a")))
	}
	require.NoError(t, w.Commit())
	assert.Zero(t, w.pool.rows)
	checkRun(t, w.cfg.Dir, rows)

	w = create(t, Config{Rows: 8})
	s := w.Begin(-1)
	require.NoError(t, writeRows(s, 0, 5))
	assert.Nil(t, w.window.ring[1], "the second buffer is made when it is reached")
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
}

// The place of a last token is filled anew with every decode and added at the end.
func TestLastTokenIsAddedAtTheEnd(t *testing.T) {
	for _, told := range []int{1, -1} {
		t.Run(fmt.Sprint(told), func(t *testing.T) {
			w := create(t, Config{})
			var samples []*SampleWriter
			var places []rowmem.Place
			for range 256 {
				s := w.Begin(told)
				p, err := s.Reserve()
				require.NoError(t, err)
				fill(w, p, s.ID()+1, 9)
				samples, places = append(samples, s), append(places, p)
			}
			for i, s := range samples {
				fill(w, places[i], s.ID(), 0)
			}
			rows := make([]int, len(samples))
			for _, i := range rand.New(rand.NewSource(1)).Perm(len(samples)) {
				require.NoError(t, samples[i].Add(row(0)))
				require.NoError(t, samples[i].End(sample("a")))
				rows[i] = 1
			}
			require.NoError(t, w.Commit())
			checkRun(t, w.cfg.Dir, rows)
			sameFiles(t, inTurn(t, rows), w.cfg.Dir)
		})
	}
}
