package storage

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/compare"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// reducedRun writes a group of samples of so many rows each, and their reductions
// alone.
func reducedRun(t *testing.T, change rowChange, rows ...int) string {
	w := create(t, Config{Manifest: wholeManifest("all", "response"), Reduce: rundir.Reductions, NoRows: true})
	for id, n := range rows {
		writeWholeSample(t, w, id, n, change)
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func TestCompareGroupComparesReductions(t *testing.T) {
	same := func(*Writer, int, int, rowmem.Place, *rundir.Row) {}
	then := reducedRun(t, same, 5, 0, 7)
	assert.Zero(t, compareRuns(t, then, reducedRun(t, same, 5, 0, 7)).Different)
	// The value is not that of the last row, nor the largest: only the mean differs.
	c := compareRuns(t, then, reducedRun(t, func(w *Writer, id, i int, p rowmem.Place, _ *rundir.Row) {
		if id == 2 && i == 3 {
			w.Floats(2, p)[6] -= 7
		}
	}, 5, 0, 7))
	require.EqualValues(t, 1, c.Different)
	assert.EqualValues(t, 2, c.First.SampleID)
	assert.EqualValues(t, -1, c.First.Position)
	assert.Equal(t, "blocks.0.attn.hook_z.mean", c.First.Column)
	assert.InDelta(t, 1, c.First.Size, 1e-3)
	assert.Equal(t, c.First, c.Largest)
}

func TestCompareGroupComparesHowManyTokensWereReduced(t *testing.T) {
	a := create(t, Config{Manifest: wholeManifest("all", "response"), Reduce: rundir.Reductions, NoRows: true})
	b := create(t, Config{Manifest: wholeManifest("all", "response"), Reduce: rundir.Reductions, NoRows: true})
	for w, rows := range map[*Writer]int{a: 5, b: 4} {
		s := w.Begin(-1)
		require.NoError(t, writeRows(s, 0, rows))
		require.NoError(t, s.End(wholeSample(0, 5)))
		require.NoError(t, w.Commit())
		finish(t, w, rundir.Complete)
	}
	c := compareRuns(t, a.cfg.Dir, b.cfg.Dir)
	require.NotNil(t, c.First)
	assert.Equal(t, "reduced_tokens", c.First.Column)
	assert.Equal(t, "5", c.First.Then)
	assert.Equal(t, "4", c.First.Now)
}

func TestCompareGroupNamesNewColumns(t *testing.T) {
	then := comparedRun(t, nil, 5, 4)
	for column, change := range map[string]func(r *rundir.Row){
		"turn":      func(r *rundir.Row) { r.Turn++ },
		"reasoning": func(r *rundir.Row) { r.Reasoning = !r.Reasoning },
	} {
		c := compareRuns(t, then, comparedRun(t, func(_ *Writer, id, i int, _ rowmem.Place, r *rundir.Row) {
			if id == 1 && i == 2 {
				change(r)
			}
		}, 5, 4))
		require.NotNil(t, c.First, column)
		assert.Equal(t, column, c.First.Column)
		assert.EqualValues(t, 2, c.First.Position)
	}
	was := wholeSample(0, 5)
	for column, change := range map[string]func(s *rundir.Sample){
		"condition":            func(s *rundir.Sample) { s.Condition = nil },
		"stage":                func(s *rundir.Sample) { s.Stage = another("knowledge") },
		"followup":             func(s *rundir.Sample) { s.Followup = another("why") },
		"first_position":       func(s *rundir.Sample) { s.FirstPosition = 9 },
		"alternatives":         func(s *rundir.Sample) { s.Alternatives = []string{"x"} },
		"alternative_logprobs": func(s *rundir.Sample) { s.AlternativeLogprobs = []float64{-1, -2} },
	} {
		is := was
		change(&is)
		d := compare.SampleDeviation(rundir.FormatVersion, was, is)
		require.NotNil(t, d, column)
		assert.Equal(t, column, d.Column)
		if column != "followup" {
			assert.NotEqual(t, d.Then, d.Now)
		}
	}
}
