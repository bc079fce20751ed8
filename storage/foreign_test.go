package storage

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// foreignFiles are what other programs and people leave in folders.
var foreignFiles = []string{
	".DS_Store", ".activations-00000.arrow.swp", "._activations-00000.arrow", ".ipynb_checkpoints/look-checkpoint.ipynb",
	"Thumbs.db", "__pycache__/look.pyc", "activations-00000 (1).arrow", "activations-00000.arrow.bak", "desktop.ini",
	"figures/auroc.png", "notes.md", "notes.md.part", "other/manifest.json", "table.arrow", "weights.safetensors",
}

// addForeign puts them into a run's folder.
func addForeign(t testing.TB, dir string) []string {
	for _, name := range foreignFiles {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte("mine"), 0o666))
	}
	return foreignFiles
}

func TestForeignFilesAreNamedAndNoDamage(t *testing.T) {
	dir := wholeRun(t, []int{5, 4, 7}, []int{1, 9})
	addForeign(t, dir)
	v := verifyRun(t, dir, false)
	require.Empty(t, v.Problems)
	require.Len(t, v.Foreign, len(foreignFiles))
	require.Subset(t, v.Foreign, []string{".DS_Store", ".ipynb_checkpoints/", "figures/", "notes.md", "table.arrow"})
	require.True(t, slices.IsSorted(v.Foreign))
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, samples, 5)
}

// A group that neither manifest nor journal name is not read by anything.
func TestUnnamedGroupsAreNotRead(t *testing.T) {
	other := wholeRun(t, []int{1, 1, 1, 1})
	for _, status := range []string{rundir.Complete, rundir.Interrupted, rundir.Unfinished} {
		dir := filepath.Join(t.TempDir(), "run")
		w := create(t, Config{Dir: dir, Manifest: wholeManifest("all", "response")})
		writeWholeSample(t, w, 0, 5)
		require.NoError(t, w.Commit())
		if status == rundir.Unfinished {
			w.Close()
		} else {
			finish(t, w, status)
		}
		for _, kind := range []string{"samples", "activations"} {
			text, err := os.ReadFile(filepath.Join(other, rundir.GroupFile(kind, 0)))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.GroupFile(kind, 7)), text, 0o666))
		}
		run, err := rundir.Open(dir)
		require.NoError(t, err)
		require.Equal(t, status, run.Manifest.Status)
		samples, err := run.Samples()
		require.NoError(t, err)
		require.Len(t, samples, 1, status)
		files, err := run.Files()
		require.NoError(t, err)
		require.Equal(t, []string{activations0, samples0}, files)
		if v := verifyRun(t, dir, false); status == rundir.Complete {
			require.Contains(t, problemsOf(v), "samples-00007.arrow: is not of this run")
		} else {
			require.Empty(t, v.Problems, status)
		}
	}
}

// Beside a complete run, a group that its manifest does not name is nothing lost.
func TestRecoverPassesOverUnnamedGroups(t *testing.T) {
	dir := wholeRun(t, []int{5, 4}, []int{3})
	for _, kind := range []string{"samples", "activations"} {
		require.NoError(t, os.Link(filepath.Join(dir, rundir.GroupFile(kind, 0)), filepath.Join(dir, rundir.GroupFile(kind, 7))))
	}
	addForeign(t, dir)
	m, err := Recover(context.Background(), dir, RecoverOptions{Out: filepath.Join(t.TempDir(), "out")})
	require.NoError(t, err)
	require.Empty(t, m.Host.Recovered.Lost)
	require.EqualValues(t, 3, m.Samples)
}
