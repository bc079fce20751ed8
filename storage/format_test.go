package storage

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// oldRun is a copy of a run that was written as format 1: of wholeSample and
// wholeRow, without what came later.
func oldRun(t testing.TB) string { return copyRun(t, "testdata/format-1") }

func TestFormat1IsRead(t *testing.T) {
	dir := oldRun(t)
	run, err := Open(dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, samples, 5)
	for i, s := range samples {
		want := wholeSample(i, []int{5, 4, 7, 1, 9}[i])
		want.Question, want.Condition, want.Style, want.Alternatives, want.AlternativeLogprobs = nil, nil, nil, nil, nil
		want.SampleID, want.File, want.FirstRow, want.Rows = s.SampleID, s.File, s.FirstRow, s.Rows
		require.Equal(t, want, s)
		a, err := run.Read(s, names()...)
		require.NoError(t, err)
		for j, r := range a.Rows {
			require.EqualValues(t, -1, r.Turn)
			require.False(t, r.Reasoning)
			require.Equal(t, row(j).Role, r.Role)
			require.Equal(t, values(s.SampleID, j, 0), a.Values[0][8*j:8*j+8])
		}
	}
	for _, name := range []string{samples0, activations0} {
		d, err := Describe(filepath.Join(dir, name), 2)
		require.NoError(t, err)
		require.Len(t, d.First, 2)
	}
}

func TestFormat1IsVerified(t *testing.T) {
	dir := oldRun(t)
	for _, quick := range []bool{false, true} {
		require.Empty(t, verify(t, dir, quick).Problems)
	}
	editManifest(t, dir, func(m *Manifest) { m.FormatVersion = 2 })
	require.Contains(t, problemsOf(verify(t, dir, true)), `promised are ["capture.format=2"`)
	dir = oldRun(t)
	editValues(rowPosition, putInt(2, 0))(t, dir)
	require.Contains(t, problemsOf(verify(t, dir, false)), `row 6, column "position": is 0; it must be 1`)
}

func TestFormat1IsExported(t *testing.T) {
	run, err := Open(oldRun(t))
	require.NoError(t, err)
	for _, format := range ExportFormats {
		done, err := run.Export(context.Background(), ExportConfig{Format: format, Out: filepath.Join(t.TempDir(), "out")})
		require.NoError(t, err)
		require.EqualValues(t, 26, done.Rows)
	}
}

// What is copied or saved of it stays what it is.
func TestFormat1IsRecovered(t *testing.T) {
	for name, damage := range map[string]func(dir string){
		"nothing":     func(string) {},
		"no manifest": func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, ManifestName))) },
		"cut": func(dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, "activations-00001.arrow"), 7000))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, out := oldRun(t), filepath.Join(t.TempDir(), "out")
			damage(dir)
			m, err := Recover(context.Background(), dir, RecoverOptions{Out: out})
			require.NoError(t, err)
			assert.Equal(t, 1, m.FormatVersion)
			verified(t, out)
		})
	}
}

func TestFormat1IsNotGoneOnWith(t *testing.T) {
	dir := oldRun(t)
	m, err := ReadManifest(dir)
	require.NoError(t, err)
	_, err = Resume(Config{Dir: dir, Manifest: m, Columns: columns, Rows: 4})
	require.ErrorContains(t, err, "format 1, to which this version adds nothing")
}

// Replay compares what an old run has.
func TestFormat1IsCompared(t *testing.T) {
	c := compareRuns(t, oldRun(t), comparedRun(t, nil, 5, 4, 7))
	assert.EqualValues(t, 16, c.Rows)
	assert.Zero(t, c.Different, "%v", c.First)
	c = compareRuns(t, oldRun(t), comparedRun(t, func(_ *Writer, id, i int, _ Place, r *Row) {
		if id == 1 && i == 2 {
			r.TokenID = 5
		}
	}, 5, 4, 7))
	require.EqualValues(t, 1, c.Different)
	assert.Equal(t, "token_id", c.First.Column)
}

func TestFormatsDoNotMix(t *testing.T) {
	was, is := wholeManifest("all", "all"), wholeManifest("all", "all")
	was.FormatVersion = 1
	assert.Equal(t, []Difference{{"format", "1", "2"}}, Differences(was, is))
	assert.False(t, mayForce(Differences(was, is)))
}
