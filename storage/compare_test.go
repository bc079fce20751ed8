package storage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/compare"
	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// comparedRun writes a group of samples of so many rows each.
func comparedRun(t *testing.T, change rowChange, rows ...int) string {
	w := create(t, Config{Manifest: wholeManifest("all", "response")})
	for id, n := range rows {
		if change == nil {
			writeWholeSample(t, w, id, n)
		} else {
			writeWholeSample(t, w, id, n, change)
		}
	}
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func compareRuns(t *testing.T, then, now string, ids ...int64) *compare.Result {
	r, err := rundir.OpenRecorded(then)
	require.NoError(t, err)
	c, err := compare.Group(r, r.Groups[0], now, ids)
	require.NoError(t, err)
	return c
}

func TestCompareGroupNamesTheFirstDifference(t *testing.T) {
	then := comparedRun(t, nil, 5, 4, 7)
	// add changes one value of a row by so much.
	add := func(id, position, column int, by float32) rowChange {
		return func(w *Writer, i, j int, p rowmem.Place, _ *rundir.Row) {
			if i == id && j == position {
				w.Floats(column, p)[0] += by
			}
		}
	}
	token := func(id, position int) rowChange {
		return func(_ *Writer, i, j int, _ rowmem.Place, r *rundir.Row) {
			if i == id && j == position {
				r.TokenID, r.Token = 99, "else"
			}
		}
	}
	both := func(a, b rowChange) rowChange {
		return func(w *Writer, i, j int, p rowmem.Place, r *rundir.Row) { a(w, i, j, p, r); b(w, i, j, p, r) }
	}
	one := columns[0].Name
	for name, test := range map[string]struct {
		change    rowChange
		rows      []int
		ids       []int64
		sample    int64
		position  int32
		column    string
		size      float64
		different int64
	}{
		"nothing":          {rows: []int{5, 4, 7}},
		"a value":          {change: add(1, 2, 0, 0.5), rows: []int{5, 4, 7}, sample: 1, position: 2, column: one, size: 0.5, different: 1},
		"two samples":      {change: both(add(2, 6, 0, 0.25), add(1, 3, 0, 2)), rows: []int{5, 4, 7}, sample: 1, position: 3, column: one, size: 2, different: 2},
		"the earlier row":  {change: both(add(1, 3, 0, 0.25), add(1, 2, 0, 0.5)), rows: []int{5, 4, 7}, sample: 1, position: 2, column: one, size: 0.5, different: 1},
		"not asked for":    {change: add(1, 2, 0, 0.5), rows: []int{5, 4, 7}, ids: []int64{0, 2}},
		"a token":          {change: token(2, 4), rows: []int{5, 4, 7}, sample: 2, position: 4, column: "token_id", different: 1},
		"value, token":     {change: both(token(2, 4), add(2, 3, 0, 0.5)), rows: []int{5, 4, 7}, sample: 2, position: 3, column: one, size: 0.5, different: 1},
		"token, value":     {change: both(token(2, 4), add(2, 5, 0, 0.5)), rows: []int{5, 4, 7}, sample: 2, position: 4, column: "token_id", different: 1},
		"value of a token": {change: both(token(2, 4), add(2, 4, 0, 0.5)), rows: []int{5, 4, 7}, sample: 2, position: 4, column: "token_id", different: 1},
		"a row more":       {rows: []int{5, 4, 8}, sample: 2, position: -1, column: "rows", different: 1},
		"a row fewer":      {rows: []int{5, 3, 7}, sample: 1, position: -1, column: "rows", different: 1},
		"a score": {change: func(_ *Writer, i, j int, _ rowmem.Place, r *rundir.Row) {
			if i == 1 && j == 3 {
				r.Logprob -= 1
			}
		}, rows: []int{5, 4, 7}, sample: 1, position: 3, column: "logprob", different: 1},
		"score and value": {change: both(add(1, 3, 0, 0.5), func(_ *Writer, i, j int, _ rowmem.Place, r *rundir.Row) {
			if i == 1 && j == 3 {
				r.Logprob -= 1
			}
		}), rows: []int{5, 4, 7}, sample: 1, position: 3, column: one, size: 0.5, different: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := compareRuns(t, then, comparedRun(t, test.change, test.rows...), test.ids...)
			assert.Equal(t, test.different, c.Different)
			if len(test.ids) == 0 {
				assert.EqualValues(t, 3, c.Samples)
				assert.EqualValues(t, 16, c.Rows)
			}
			if test.different == 0 {
				assert.Nil(t, c.First)
				assert.Nil(t, c.Largest)
				return
			}
			require.NotNil(t, c.First)
			assert.Equal(t, test.sample, c.First.SampleID)
			assert.Equal(t, test.position, c.First.Position)
			assert.Equal(t, test.column, c.First.Column)
			assert.InDelta(t, test.size, c.First.Size, 1e-3)
			assert.NotEqual(t, c.First.Then, c.First.Now)
			if test.size > 0 {
				assert.InDelta(t, test.size, c.Largest.Size, 1e-3)
			}
		})
	}
}

func TestCompareGroupTellsDamage(t *testing.T) {
	then, now := comparedRun(t, nil, 5, 4), comparedRun(t, nil, 5, 4)
	path := filepath.Join(then, activations0)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[len(b)/2] ^= 1
	require.NoError(t, os.WriteFile(path, b, 0o666))
	r, err := rundir.OpenRecorded(then)
	require.NoError(t, err)
	_, err = compare.Group(r, r.Groups[0], now, nil)
	var damaged *disk.DamageError
	require.ErrorAs(t, err, &damaged)
	assert.Equal(t, path, damaged.Path)
}
