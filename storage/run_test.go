package storage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// stoppedTwice is a run that was interrupted after its first group, went on with the
// second, and was killed before its old manifest was removed.
func stoppedTwice(t *testing.T) string {
	w := create(t, Config{Manifest: wholeManifest("all", "response")})
	writeWholeSample(t, w, 0, 5)
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Interrupted)
	dir := w.cfg.Dir
	manifest, err := os.ReadFile(filepath.Join(dir, rundir.ManifestName))
	require.NoError(t, err)
	m, err := rundir.ReadManifest(dir)
	require.NoError(t, err)
	w, err = Resume(Config{Dir: dir, Manifest: m, Columns: columns, Rows: 4})
	require.NoError(t, err)
	require.NoError(t, w.StartGroup(1, 1))
	writeWholeSample(t, w, 1, 3)
	require.NoError(t, w.Commit())
	w.Close()
	require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.ManifestName), manifest, 0o666))
	return dir
}

// Whoever opens a run sees the same groups: where there is a manifest, those that it
// names, whatever the journal beside it says, and also where that cannot be read.
func TestManifestAndJournalAreOneTruth(t *testing.T) {
	for _, damage := range []bool{false, true} {
		dir := stoppedTwice(t)
		if damage {
			require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.JournalName), []byte("{}\n{}\n"), 0o666))
		}
		for _, open := range []func(string) (*rundir.Run, error){rundir.Open, rundir.OpenRecorded, rundir.OpenRecorded} {
			run, err := open(dir)
			require.NoError(t, err)
			assert.True(t, run.Journal)
			assert.Equal(t, rundir.Interrupted, run.Manifest.Status)
			require.Len(t, run.Groups, 1)
			assert.Equal(t, 0, run.Groups[0].Number)
			samples, err := run.Samples()
			require.NoError(t, err)
			assert.Len(t, samples, 1)
		}
	}
}

// Without a manifest the journal speaks; a pair of files that it does not name is left
// alone.
func TestJournalSpeaksForARunWithoutAManifest(t *testing.T) {
	dir := stoppedTwice(t)
	require.NoError(t, os.Remove(filepath.Join(dir, rundir.ManifestName)))
	for _, kind := range []string{"samples", "activations"} {
		text, err := os.ReadFile(filepath.Join(dir, rundir.GroupFile(kind, 0)))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.GroupFile(kind, 2)), text, 0o666))
	}
	for _, open := range []func(string) (*rundir.Run, error){rundir.Open, rundir.OpenRecorded} {
		run, err := open(dir)
		require.NoError(t, err)
		assert.Equal(t, rundir.Unfinished, run.Manifest.Status)
		require.Len(t, run.Groups, 2)
	}
}

// A column is the same whether it is read all at once, or sample by sample.
func TestColumnGoesThroughAllFiles(t *testing.T) {
	dir := wholeRun(t, []int{5, 4, 0, 7}, []int{1, 9})
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	for _, name := range names() {
		var want, got []float32
		for _, s := range samples {
			a, err := run.Read(s, name)
			require.NoError(t, err)
			want = append(want, a.Values[0]...)
		}
		groups := map[int]int64{}
		for piece, err := range run.Column(name) {
			require.NoError(t, err)
			require.Equal(t, groups[piece.Group.Number], piece.First)
			groups[piece.Group.Number] += int64(piece.Rows)
			got = append(got, piece.Values...)
		}
		require.Equal(t, map[int]int64{0: 16, 1: 10}, groups)
		require.Equal(t, want, got, name)
	}
	pieces := 0
	for range run.Column(names()[0]) {
		pieces++
		break
	}
	assert.Equal(t, 1, pieces)
}

// A column of more than a MiB comes in pieces.
func TestColumnHoldsAMiB(t *testing.T) {
	run := exportRun(t, exportRows{700})
	for piece, err := range run.Column(exportColumns[0].Name) {
		require.NoError(t, err)
		require.LessOrEqual(t, len(piece.Values), 1<<18)
	}
	failed := 0
	for _, err := range run.Column("blocks.99.hook_resid_post") {
		require.ErrorContains(t, err, `no column "blocks.99.hook_resid_post"`)
		failed++
	}
	assert.Equal(t, 1, failed)
}
