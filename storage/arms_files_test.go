package storage

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// The shards of a run with arms make the run, and must have the same arms and directions,
// wherever these lay.
func TestMergeOfArms(t *testing.T) {
	whole := armRun(t, "all", nil)
	a, b := armRun(t, "all", &rundir.Shard{Index: 1, Of: 2}), armRun(t, "all", &rundir.Shard{Index: 2, Of: 2})
	for dir, folder := range map[string]string{a: "", b: "/mnt/vectors/"} {
		editManifest(t, dir, func(m *rundir.Manifest) {
			m.Spec = slices.Concat(m.Spec[:len(m.Spec)-1], []byte(`,"interventions":[{"name":"lie","vector":"`+folder+`lie.safetensors#lie","when":{"probe":"`+folder+`p.safetensors"}}],"controls":{"unrelated":"`+folder+`calm.safetensors"}}`))
		})
	}
	merged := filepath.Join(t.TempDir(), "merged")
	m, err := Merge(context.Background(), []string{b, a}, MergeOptions{Out: merged})
	require.NoError(t, err)
	verified(t, merged)
	was, err := rundir.ReadManifest(a)
	require.NoError(t, err)
	is, err := rundir.ReadManifest(b)
	require.NoError(t, err)
	assert.Equal(t, was.RunID(), is.RunID())
	assert.Equal(t, was.RunID(), m.RunID())
	for _, name := range []string{samples0, activations0, rundir.DirectionsName, rundir.DatasetName} {
		want, err := os.ReadFile(filepath.Join(whole, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(merged, name))
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
	for what, edit := range map[string]func(m *rundir.Manifest){
		"arms":       func(m *rundir.Manifest) { *m.Arms[1].Edits[0].Scale = 3 },
		"directions": func(m *rundir.Manifest) { m.Directions.SHA256 = rundir.SumOf(nil) },
	} {
		other := copyRun(t, b)
		editManifest(t, other, edit)
		_, err = Merge(context.Background(), []string{a, other}, MergeOptions{Out: filepath.Join(t.TempDir(), "out"), Force: true})
		require.ErrorContains(t, err, "is not of the same run as "+a+": "+what+": ")
		edited, err := rundir.ReadManifest(other)
		require.NoError(t, err)
		if what == "directions" {
			require.NotEqual(t, was.RunID(), edited.RunID())
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(b, rundir.DirectionsName), []byte("others"), 0o666))
	_, err = Merge(context.Background(), []string{b, a}, MergeOptions{Out: filepath.Join(t.TempDir(), "out")})
	require.ErrorContains(t, err, rundir.DirectionsName)
}

// Recovery keeps arms and directions; where the directions are lost it says so, and the
// run cannot be gone on with.
func TestRecoverOfArms(t *testing.T) {
	hurt := armRun(t, "all", nil)
	require.NoError(t, os.Truncate(filepath.Join(hurt, activations0), 6000))
	out := filepath.Join(t.TempDir(), "out")
	m, err := Recover(context.Background(), hurt, RecoverOptions{Out: out})
	require.NoError(t, err)
	verified(t, out)
	require.Less(t, m.Samples, int64(8))
	require.True(t, rundir.CanResume(out))
	require.FileExists(t, filepath.Join(out, rundir.DirectionsName))

	require.NoError(t, os.Remove(filepath.Join(hurt, rundir.DirectionsName)))
	out = filepath.Join(t.TempDir(), "out")
	m, err = Recover(context.Background(), hurt, RecoverOptions{Out: out})
	require.NoError(t, err)
	verified(t, out)
	require.Contains(t, m.Host.Recovered.Lost, rundir.Loss{File: rundir.DirectionsName, Why: "is missing; the run can be read without it, and not be resumed or replayed"})
	require.False(t, rundir.CanResume(out))

	lost := armRun(t, "all", nil)
	require.NoError(t, os.Remove(filepath.Join(lost, rundir.ManifestName)))
	out = filepath.Join(t.TempDir(), "out")
	m, err = Recover(context.Background(), lost, RecoverOptions{Out: out})
	require.NoError(t, err)
	require.Nil(t, m.Arms)
	require.EqualValues(t, 8, m.Samples)
	verified(t, out)
}

// A run is gone on with as long as its directions are those that it was begun with.
func TestResumeNeedsTheDirections(t *testing.T) {
	m := armManifest("all")
	m.Plan = &rundir.Plan{Samples: 8, GroupSamples: 4}
	w := create(t, Config{Manifest: m, Optional: armColumns, Directions: armDirections})
	require.NoError(t, w.StartGroup(0, 0))
	writeArms(t, w, "a", 0)
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Interrupted)
	dir := w.cfg.Dir
	path := filepath.Join(dir, rundir.DirectionsName)
	again := func() (*Writer, error) {
		j, err := rundir.ReadJournal(dir)
		require.NoError(t, err)
		return Resume(Config{Dir: dir, Rows: 4, Columns: columns, Optional: armColumns, Manifest: j.Manifest})
	}
	require.NoError(t, os.WriteFile(path, []byte("others"), 0o666))
	_, err := again()
	require.True(t, disk.IsDamage(err), "%v", err)
	require.ErrorContains(t, err, rundir.DirectionsName)
	require.FileExists(t, filepath.Join(dir, rundir.ManifestName))
	require.NoError(t, os.WriteFile(path, armDirections, 0o666))
	w, err = again()
	require.NoError(t, err)
	require.NoError(t, w.StartGroup(1, 4))
	writeArms(t, w, "b", 0)
	require.NoError(t, w.Commit())
	finish(t, w, rundir.Complete)
	verified(t, dir)
	whole := armRun(t, "all", nil)
	for _, name := range []string{samples0, activations0, "samples-00001.arrow", "activations-00001.arrow", rundir.DirectionsName} {
		want, err := os.ReadFile(filepath.Join(whole, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
}

// A run with directions is replaced with them; one without leaves none behind.
func TestOverwriteRemovesDirections(t *testing.T) {
	dir := armRun(t, "all", nil)
	w := create(t, Config{Dir: dir, Overwrite: true, Manifest: wholeManifest("all", "response")})
	finish(t, w, rundir.Complete)
	require.NoFileExists(t, filepath.Join(dir, rundir.DirectionsName))
	verified(t, dir)
}

// What went wrong in an arm is found where runs are compared, and said by its column.
func TestCompareOfArms(t *testing.T) {
	dir := armRun(t, "all", nil)
	require.Zero(t, compareRuns(t, dir, armRun(t, "all", nil)).Different)
	for column, damage := range map[string]func(testing.TB, string){
		"edited":     editEdited(func(r []rundir.Row) { r[7].Edited = nil }),
		"scores":     editEdited(func(r []rundir.Row) { r[7].Scores[1] = -2.5 }),
		"edit_norm":  inArms(func(s []rundir.Sample) { s[1].EditNorm = another(0.75) }),
		"edit_ratio": inArms(func(s []rundir.Sample) { s[1].EditRatio = nil }),
		"kl":         inArms(func(s []rundir.Sample) { s[1].KL = another(1.0) }),
	} {
		other := armRun(t, "all", nil)
		damage(t, other)
		found := compareRuns(t, dir, other)
		require.EqualValues(t, 1, found.Different, column)
		require.Equal(t, column, found.First.Column)
		require.EqualValues(t, 1, found.First.SampleID)
	}
}

// plainText undoes numpy's four bytes a character and its padding, of texts of a width.
func plainText(a npzArray) string { return strings.ReplaceAll(a.data, "\x00", "") }

func int64sOf(a npzArray) (out []int64) {
	for i := 0; i < len(a.data); i += 8 {
		out = append(out, int64(binary.LittleEndian.Uint64([]byte(a.data[i:]))))
	}
	return out
}

// Every format has the columns of interventions, with the values that the run has; and of
// some samples these alone, with their rows.
func TestExportOfArms(t *testing.T) {
	run, err := rundir.Open(armRun(t, "all", nil))
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "out.npz")
	all := export.Config{Format: "npz", Out: out}
	_, err = export.Write(context.Background(), run, all)
	require.NoError(t, err)
	arrays := readNPZ(t, out)
	group := strings.Repeat("[]", 5) + `[][]["lie"]["lie"][]` + `[][]["lie","calm"]["calm"][]` + strings.Repeat("[]", 5)
	assert.Equal(t, group+group, plainText(arrays["edited"]))
	assert.Equal(t, 8, strings.Count(plainText(arrays["scores"]), "[0.25,-2]"))
	assert.Equal(t, strings.Repeat("nonelie@1bothprompt", 2), plainText(arrays["samples.arm"]))
	assert.Equal(t, strings.Repeat("\x00\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00", 2), arrays["samples.edited_tokens"].data)
	assert.Equal(t, "\x00\x00\x00\x00\x00\x00\xe0\x3f", arrays["samples.edit_norm"].data[8:16])

	some := all
	some.Out, some.Where = filepath.Join(t.TempDir(), "some.npz"), []string{"arm=both"}
	some.Keep = func(s *rundir.Sample) bool { return *s.Arm == "both" }
	done, err := export.Write(context.Background(), run, some)
	require.NoError(t, err)
	assert.EqualValues(t, 2, done.Samples)
	assert.EqualValues(t, 10, done.Rows)
	chosen := readNPZ(t, some.Out)
	assert.Equal(t, []int64{2, 6}, int64sOf(chosen["samples.sample_id"]))
	assert.Equal(t, []int64{0, 5}, int64sOf(chosen["samples.first_row"]))
	assert.Equal(t, []int64{2, 2, 2, 2, 2, 6, 6, 6, 6, 6}, int64sOf(chosen["sample_id"]))
	assert.Equal(t, strings.Repeat(`[][]["lie","calm"]["calm"][]`, 2), plainText(chosen["edited"]))
	assert.Equal(t, `["arm=both"]`, plainText(chosen["where"]))
	for c, column := range columns {
		size := len(arrays[column.Name].data) / 40
		assert.True(t, arrays[column.Name].data[10*size:15*size]+arrays[column.Name].data[30*size:35*size] == chosen[column.Name].data, "%d", c)
	}
	for _, format := range []string{"parquet", "safetensors"} {
		some.Format, some.Out = format, filepath.Join(t.TempDir(), "some")
		_, err := export.Write(context.Background(), run, some)
		require.NoError(t, err, format)
	}
	some.Format, some.Out = "parquet", filepath.Join(t.TempDir(), "some")
	_, err = export.Write(context.Background(), run, some)
	require.NoError(t, err)
	table := readParquet(t, filepath.Join(some.Out, "activations.parquet"))
	require.EqualValues(t, 10, table.NumRows())
	require.Contains(t, table.Column(table.Schema().FieldIndices("edited")[0]).Data().Chunk(0).String(), `["lie" "calm"]`)
	require.EqualValues(t, 2, readParquet(t, filepath.Join(some.Out, "samples.parquet")).NumRows())

	some.Out, some.Keep = filepath.Join(t.TempDir(), "none"), func(*rundir.Sample) bool { return false }
	_, err = export.Write(context.Background(), run, some)
	require.ErrorIs(t, err, export.ErrNoSample)
	require.NoFileExists(t, some.Out)
	inArms(func(s []rundir.Sample) { s[2].Rows = 70 })(t, run.Dir)
	some.Keep = func(*rundir.Sample) bool { return true }
	_, err = export.Write(context.Background(), run, some)
	require.True(t, disk.IsDamage(err), "%v", err)
}
