package storage

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/export"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

func TestMergePutsLabelsTogether(t *testing.T) {
	a, b := plannedRun(t, &rundir.Shard{Index: 1, Of: 2}), plannedRun(t, &rundir.Shard{Index: 2, Of: 2})
	label := func(dir, name, source string, how string, ids ...int64) {
		table := labelTable(t, dir, name)
		table.Source, table.How, table.Labels = source, []byte(how), nil
		for _, id := range ids {
			table.Labels = append(table.Labels, labels.Label{SampleID: id, Value: "lie"})
		}
		_, err := labels.Write(nil, dir, table)
		require.NoError(t, err)
	}
	label(b, "truth", labels.Rule, `{"rule":"x"}`, 4, 5)
	label(a, "truth", labels.Rule, `{"rule":"x"}`, 0, 8)
	label(a, "hand", labels.File, `{"sha256":"1"}`, 1)
	label(b, "hand", labels.File, `{"sha256":"2"}`, 6)
	label(a, "knowledge", labels.Knowledge, `{}`, 1)
	out := filepath.Join(t.TempDir(), "all")
	_, err := Merge(context.Background(), []string{b, a}, MergeOptions{Out: out})
	require.NoError(t, err)
	assert.Equal(t, 3, verified(t, out).Labels)
	ids := func(name string, version int32) (out2 []int64) {
		table, err := labels.Read(out, name, version)
		require.NoError(t, err)
		for _, l := range table.Labels {
			out2 = append(out2, l.SampleID)
		}
		return out2
	}
	assert.Equal(t, []int64{0, 4, 5, 8}, ids("truth", 1))
	assert.Equal(t, []int64{6}, ids("hand", 1))
	assert.Equal(t, []int64{1}, ids("hand", 2))

	require.NoError(t, os.Truncate(filepath.Join(a, rundir.LabelPath("hand", 1)), 50))
	_, err = Merge(context.Background(), []string{b, a}, MergeOptions{Out: filepath.Join(t.TempDir(), "x")})
	var damage *disk.DamageError
	require.ErrorAs(t, err, &damage)
}

func TestRecoverCopiesLabels(t *testing.T) {
	dir := plannedRun(t, nil)
	for _, name := range []string{"bad", "good"} {
		_, err := labels.Write(nil, dir, labelTable(t, dir, name))
		require.NoError(t, err)
	}
	require.NoError(t, os.Truncate(filepath.Join(dir, rundir.LabelPath("bad", 1)), 50))
	require.NoError(t, os.Remove(filepath.Join(dir, samples0)))
	out := filepath.Join(t.TempDir(), "out")
	m, err := Recover(context.Background(), dir, RecoverOptions{Out: out})
	require.NoError(t, err)
	assert.Equal(t, rundir.Recovered, m.Status)
	assert.Equal(t, 1, verified(t, out).Labels) // of samples that are lost, too: they can be decoded again
	lost := m.Host.Recovered.Lost
	require.Len(t, lost, 2)
	assert.Equal(t, rundir.LabelPath("bad", 1), lost[1].File)
}

func TestOverwritingARunTakesItsLabels(t *testing.T) {
	dir := plannedRun(t, nil)
	_, err := labels.Write(nil, dir, labelTable(t, dir, "truth"))
	require.NoError(t, err)
	w := create(t, Config{Dir: dir, Overwrite: true})
	finish(t, w, rundir.Complete)
	assert.Equal(t, []string{rundir.ManifestName}, dataFiles(t, dir))
}

func TestExportWritesLabels(t *testing.T) {
	dir := plannedRun(t, nil)
	_, err := labels.Write(nil, dir, labelTable(t, dir, "truth"))
	require.NoError(t, err)
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "out")
	done, err := export.Write(context.Background(), run, export.Config{Format: "parquet", Out: out})
	require.NoError(t, err)
	require.Len(t, done.Files, 3)
	assert.Equal(t, "labels-truth-0001.parquet", done.Files[1].Name)
	assert.EqualValues(t, 3, done.Files[1].Rows)
	require.NoError(t, os.Remove(filepath.Join(out, "samples.parquet")))
	require.NoError(t, os.Remove(filepath.Join(out, "activations.parquet")))
	_, err = export.Write(context.Background(), run, export.Config{Format: "parquet", Out: out})
	require.ErrorIs(t, err, export.ErrExists)
}

// An export that replaces another leaves no label tables of it, and all else.
func TestExportReplacesTheLabelsOfAnEarlierOne(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	export := func(names ...string) []string {
		dir := plannedRun(t, nil)
		for _, name := range names {
			_, err := labels.Write(nil, dir, labelTable(t, dir, name))
			require.NoError(t, err)
		}
		run, err := rundir.Open(dir)
		require.NoError(t, err)
		_, err = export.Write(context.Background(), run, export.Config{Format: "parquet", Out: out, Overwrite: true})
		require.NoError(t, err)
		return dataFiles(t, out)
	}
	export("truth", "judged")
	require.NoError(t, os.WriteFile(filepath.Join(out, "labels-mine.parquet"), []byte("mine"), 0o666))
	assert.ElementsMatch(t, []string{"activations.parquet", "labels-mine.parquet", "labels-other-0001.parquet", "labels-truth-0001.parquet", "samples.parquet"}, export("truth", "other"))
}
