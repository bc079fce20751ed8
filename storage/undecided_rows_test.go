package storage

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// heldSample is a sample for a random schedule: which of its rows are kept.
type heldSample struct {
	*SampleWriter
	keep                   []bool
	reserved, held, judged int
}

// someRows says of samples which of their rows are kept: of every other sample all.
func someRows(rng *rand.Rand, rows []int) (out [][]bool) {
	for i, n := range rows {
		keep := make([]bool, n)
		for j := range keep {
			keep[j] = i%2 == 0 || rng.Intn(3) == 0
		}
		out = append(out, keep)
	}
	return out
}

// keptInTurn writes only the rows that are kept, one sample after another.
func keptInTurn(t testing.TB, cfg Config, samples [][]bool) *Writer {
	w := create(t, cfg)
	for _, keep := range samples {
		s := w.Begin(-1)
		for i, kept := range keep {
			if !kept {
				continue
			}
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), i)
			require.NoError(t, s.Add(row(i)))
		}
		require.NoError(t, s.End(sample("a")))
	}
	require.NoError(t, w.Commit())
	return w
}

// heldAtRandom reserves, holds, keeps and drops rows in any mixture of the samples;
// those of which all rows are kept are written without holding.
func heldAtRandom(t testing.TB, w *Writer, samples [][]bool, rng *rand.Rand) {
	var left []*heldSample
	for i, keep := range samples {
		s := &heldSample{keep: keep}
		if i%2 == 0 {
			s.SampleWriter = w.Begin(-1)
		} else {
			s.SampleWriter = w.BeginHeld()
		}
		left = append(left, s)
	}
	for len(left) > 0 {
		for range w.cfg.Rows {
			s := left[rng.Intn(len(left))]
			if s.reserved == len(s.keep) {
				continue
			}
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), s.reserved)
			s.reserved++
		}
		var still []*heldSample
		for _, i := range rng.Perm(len(left)) {
			s := left[i]
			if s.holds {
				for ; s.held < s.reserved; s.held++ { // every place is given back
					require.NoError(t, s.Hold())
				}
			}
			for ; s.judged < s.reserved && (!s.holds || rng.Intn(3) > 0); s.judged++ {
				if s.keep[s.judged] {
					require.NoError(t, s.Add(row(s.judged)))
				} else {
					require.NoError(t, s.Drop())
				}
			}
			if s.judged == len(s.keep) {
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

// What was held, spilled and dropped does not show in the files: rows that are kept
// lie there, and are reduced, as if there had been no others.
func TestHeldRowsLeaveNoTrace(t *testing.T) {
	for _, cfg := range []Config{{}, {Reduce: []string{"max", "mean", "last"}}, {Reduce: rundir.Reductions, NoRows: true}} {
		spills := 0
		for seed := range int64(30) {
			rng := rand.New(rand.NewSource(seed))
			samples := someRows(rng, []int{5, 29, 1, 7, 0, 17, 8, 1})
			want := keptInTurn(t, cfg, samples)
			fs := &countingFS{}
			cfg := cfg
			cfg.FS = fs
			w := create(t, cfg)
			heldAtRandom(t, w, samples, rng)
			sameFiles(t, want.cfg.Dir, w.cfg.Dir)
			noLeftovers(t, w.cfg.Dir)
			spills += fs.spills
		}
		assert.Greater(t, spills, 20, "the test is meant to spill")
	}
}

// Rows are held, without being lent, as long as it takes: memory does not grow.
func TestHeldRowsAreBoundedInMemory(t *testing.T) {
	fs := &countingFS{}
	w := create(t, Config{FS: fs, Rows: 16})
	s := w.BeginHeld()
	for i := range 1000 {
		p, err := s.Reserve()
		require.NoError(t, err)
		fill(w, p, s.ID(), i%7)
		require.NoError(t, s.Hold())
		require.LessOrEqual(t, w.pool.rows, 16)
	}
	require.Equal(t, 1, fs.spills)
	for i := range 1000 {
		if i%100 != 99 {
			require.NoError(t, s.Drop())
		} else {
			require.NoError(t, s.Add(row(i)))
		}
	}
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	noLeftovers(t, w.cfg.Dir)
	run, err := rundir.Open(w.cfg.Dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	a, err := run.Read(samples[0], columns[0].Name)
	require.NoError(t, err)
	require.Len(t, a.Rows, 10)
	for i, r := range a.Rows {
		require.EqualValues(t, 100*i+99, r.Position)
		require.Equal(t, values(0, (100*i+99)%7, 0), a.Values[0][8*i:8*i+8])
	}
}

func TestAbandonWithHeldRows(t *testing.T) {
	want := keptInTurn(t, Config{Reduce: rundir.Reductions}, [][]bool{{true, true, false, true}})
	w := create(t, Config{Reduce: rundir.Reductions})
	s, other := w.BeginHeld(), w.BeginHeld()
	for i := range 4 {
		for _, s := range []*SampleWriter{s, other} {
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), i)
			require.NoError(t, s.Hold())
		}
		if i != 2 {
			require.NoError(t, s.Add(row(i)))
		} else {
			require.NoError(t, s.Drop())
		}
	}
	require.NoError(t, other.Add(row(0)))
	require.NoError(t, other.Drop())
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Abandon())
	sameFiles(t, want.cfg.Dir, w.cfg.Dir)
	noLeftovers(t, w.cfg.Dir)

	w = create(t, Config{})
	s = w.BeginHeld()
	for range 9 {
		_, err := s.Reserve()
		require.NoError(t, err)
		require.NoError(t, s.Hold())
	}
	require.ErrorIs(t, w.Discard(errFault), errFault)
	require.Empty(t, dataFiles(t, w.cfg.Dir))
}

func TestMisuseOfHeldRows(t *testing.T) {
	lent := func(t *testing.T, s *SampleWriter) *SampleWriter {
		_, err := s.Reserve()
		require.NoError(t, err)
		return s
	}
	for says, do := range map[string]func(*testing.T, *Writer) error{
		"sample 0 holds a row; it was not begun to":    func(t *testing.T, w *Writer) error { return lent(t, w.Begin(-1)).Hold() },
		"sample 0 drops a row; it was not begun to":    func(t *testing.T, w *Writer) error { return lent(t, w.Begin(-1)).Drop() },
		"sample 0 holds a row that it did not reserve": func(_ *testing.T, w *Writer) error { return w.BeginHeld().Hold() },
		"sample 0 keeps a row that it did not reserve": func(_ *testing.T, w *Writer) error { return w.BeginHeld().Add(row(0)) },
		"sample 0 drops a row that it did not reserve": func(_ *testing.T, w *Writer) error { return w.BeginHeld().Drop() },
		"sample 0 ended with 1 rows held, neither kept nor dropped": func(t *testing.T, w *Writer) error {
			s := lent(t, w.BeginHeld())
			require.NoError(t, s.Hold())
			return s.End(sample("a"))
		},
		"sample 0 ended with 1 places reserved and not added": func(t *testing.T, w *Writer) error {
			return lent(t, w.BeginHeld()).End(sample("a"))
		},
	} {
		t.Run(says, func(t *testing.T) {
			w := create(t, Config{})
			err := do(t, w)
			require.ErrorContains(t, err, says)
			require.ErrorIs(t, w.Commit(), err, "sticky")
			require.Empty(t, dataFiles(t, w.cfg.Dir))
		})
	}
}
