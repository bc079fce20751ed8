package storage

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// A manifest that was changed is not believed more for being recovered twice.
func TestRecoverAChangedManifestTwice(t *testing.T) {
	run := copyRun(t, plannedRun(t, nil))
	path := filepath.Join(run, rundir.ManifestName)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.Replace(text, []byte(`"seed": 7`), []byte(`"seed": 7, "x": 1`), 1), 0o666))
	for i := range 2 {
		out := filepath.Join(t.TempDir(), "out")
		m, err := Recover(context.Background(), run, RecoverOptions{Out: out})
		require.NoError(t, err)
		assert.Equal(t, rundir.Recovered, m.Status)
		assert.True(t, m.Host.Recovered.Doubtful, "recovery %d", i+1)
		assert.NotEmpty(t, m.Host.Recovered.Lost)
		assert.False(t, rundir.CanResume(out))
		verified(t, out)
		run = out
	}
}

// What cannot be saved or merged costs the run that it was to replace nothing.
func TestOverwriteKeepsWhatIsThere(t *testing.T) {
	good, bad := plannedRun(t, nil), copyRun(t, plannedRun(t, nil))
	for _, name := range []string{samples0, activations0, "samples-00001.arrow", "activations-00001.arrow", "samples-00002.arrow", "activations-00002.arrow"} {
		require.NoError(t, os.Truncate(filepath.Join(bad, name), 8))
	}
	_, err := Recover(context.Background(), bad, RecoverOptions{Out: good, Overwrite: true})
	require.ErrorIs(t, err, ErrNothing)
	_, err = Merge(context.Background(), []string{bad}, MergeOptions{Out: good, Overwrite: true})
	require.True(t, disk.IsDamage(err), "%v", err)
	_, err = Recover(context.Background(), good, RecoverOptions{Out: filepath.Join(good, "saved")})
	require.ErrorContains(t, err, "into itself")
	verified(t, good)
}

func TestRecoverStopsWhenItsContextEnds(t *testing.T) {
	hurt, out := copyRun(t, plannedRun(t, nil)), filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.Truncate(filepath.Join(hurt, activations0), 3000))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Recover(ctx, hurt, RecoverOptions{Out: out})
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(out)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// A listed name that no reader opens is not passed over.
func TestVerifyWantsNamesOfOneForm(t *testing.T) {
	run := copyRun(t, plannedRun(t, nil))
	odd := "samples-000001.arrow"
	require.NoError(t, os.Rename(filepath.Join(run, "samples-00001.arrow"), filepath.Join(run, odd)))
	editManifest(t, run, func(m *rundir.Manifest) {
		for i := range m.Files {
			m.Files[i].Name = strings.Replace(m.Files[i].Name, "samples-00001", "samples-000001", 1)
		}
	})
	v, err := verify.Run(context.Background(), run, false)
	require.NoError(t, err)
	assert.False(t, v.OK)
}

func TestALinkIsNoLock(t *testing.T) {
	dir := copyRun(t, plannedRun(t, nil))
	victim := filepath.Join(t.TempDir(), "victim")
	require.NoError(t, os.WriteFile(victim, []byte("mine"), 0o666))
	require.NoError(t, os.Symlink(victim, filepath.Join(dir, disk.LockName)))
	require.ErrorContains(t, Clear(dir), "not a plain file")
	require.ErrorContains(t, disk.CheckLock(dir), "not a plain file")
	text, err := os.ReadFile(victim)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))
}

func TestZerosElsewhereAreNoChecksum(t *testing.T) {
	dir := plannedRun(t, nil)
	editManifest(t, dir, func(m *rundir.Manifest) { m.Model.File = rundir.NoSum })
	_, err := rundir.ReadManifest(dir)
	require.NoError(t, err)
}

func TestMergeNeverMixesRecordBatchesOfTwoSizes(t *testing.T) {
	a, b := plannedRun(t, &rundir.Shard{Index: 1, Of: 2}), plannedRun(t, &rundir.Shard{Index: 2, Of: 2})
	editManifest(t, b, func(m *rundir.Manifest) { m.Engine.MicroBatch = 8 })
	_, err := Merge(context.Background(), []string{a, b}, MergeOptions{Out: filepath.Join(t.TempDir(), "out"), Force: true})
	require.ErrorContains(t, err, "micro-batch")
}
