package storage

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/export"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// oldRuns are runs that a program of format 2 wrote: a plain one, one with neutral
// questions, follow-ups, alternatives, reductions and labels, and one that was stopped.
var oldRuns = []string{"plain", "experiment", "stopped"}

func oldRun(t testing.TB, name string) string {
	return copyRun(t, filepath.Join("testdata", "format-2", name))
}

func TestFormat2IsRead(t *testing.T) {
	for _, name := range oldRuns {
		run, err := rundir.Open(oldRun(t, name))
		require.NoError(t, err)
		assert.Equal(t, 2, run.Manifest.FormatVersion)
		samples, err := run.Samples()
		require.NoError(t, err)
		require.EqualValues(t, run.Manifest.Samples, len(samples))
		rows, hook := int64(0), run.Manifest.Hooks[0]
		for i, s := range samples {
			require.EqualValues(t, i, s.SampleID)
			require.Zero(t, s.StopTokens)
			require.Equal(t, name != "plain", s.ReducedTokens != nil)
			a, err := run.Read(s, hook.Name)
			require.NoError(t, err)
			require.Len(t, a.Values[0], len(a.Rows)*hook.Shape[0])
			for _, r := range a.Rows {
				require.False(t, r.Stop)
				require.NotEmpty(t, r.Token)
			}
			rows += s.Rows
		}
		require.Equal(t, run.Manifest.Rows, rows)
		for _, f := range run.Manifest.Files {
			d, err := rundir.Describe(filepath.Join(run.Dir, f.Name), 2)
			require.NoError(t, err)
			require.NotEmpty(t, d.First)
		}
	}
}

func TestFormat2IsVerified(t *testing.T) {
	for _, name := range oldRuns {
		dir := oldRun(t, name)
		for _, quick := range []bool{false, true} {
			v := verifyRun(t, dir, quick)
			require.Empty(t, v.Problems, name)
			assert.Equal(t, map[string]int{"experiment": 2}[name], v.Labels)
		}
	}
	dir := oldRun(t, "plain")
	editManifest(t, dir, func(m *rundir.Manifest) { m.FormatVersion = 3 })
	require.Contains(t, problemsOf(verifyRun(t, dir, true)), `promised are ["capture.format=3"`)
	dir = oldRun(t, "plain")
	editManifest(t, dir, func(m *rundir.Manifest) { m.Optional.Samples = rundir.OptionalOf(textFields("lane")) })
	require.Contains(t, problemsOf(verifyRun(t, dir, true)), `optional_columns: are there; format 2 has none`)
	dir = oldRun(t, "experiment")
	editManifest(t, dir, func(m *rundir.Manifest) { m.Spec = []byte(`{"capture":{"reduce":["mean"]}}`) })
	require.Contains(t, problemsOf(verifyRun(t, dir, true)), `column "blocks.1.hook_resid_post.last": is none of the format`)
}

// Without a manifest the journal speaks for a run of format 2, too.
func TestFormat2IsVerifiedByItsJournal(t *testing.T) {
	dir := oldRun(t, "stopped")
	require.NoError(t, os.Remove(filepath.Join(dir, rundir.ManifestName)))
	v := verifyRun(t, dir, false)
	require.Empty(t, v.Problems)
	assert.Equal(t, rundir.Unfinished, v.Status)
}

func TestFormat2IsExported(t *testing.T) {
	for _, name := range []string{"plain", "experiment"} {
		run, err := rundir.Open(oldRun(t, name))
		require.NoError(t, err)
		for _, format := range export.Formats {
			done, err := export.Write(context.Background(), run, export.Config{Format: format, Out: filepath.Join(t.TempDir(), "out")})
			require.NoError(t, err)
			require.Equal(t, run.Manifest.Rows, done.Rows)
		}
	}
}

func TestFormat2IsLabelled(t *testing.T) {
	dir := oldRun(t, "experiment")
	m, err := rundir.ReadManifest(dir)
	require.NoError(t, err)
	old, err := labels.Read(dir, "judged", 0)
	require.NoError(t, err)
	require.Equal(t, m.RunID(), old.Run)
	again := *old
	again.Name = "again"
	_, err = labels.Write(nil, dir, again)
	require.NoError(t, err)
	v := verifyRun(t, dir, false)
	require.Empty(t, v.Problems)
	assert.Equal(t, 3, v.Labels)
	table, err := rundir.OpenTable(filepath.Join(dir, rundir.LabelPath("again", 1)))
	require.NoError(t, err)
	defer table.Close()
	assert.Equal(t, 2, rundir.FileFormat(table), "a program of format 2 reads it too")
}

// What is copied or saved of it stays what it is.
func TestFormat2IsRecoveredAndMerged(t *testing.T) {
	for name, damage := range map[string]func(dir string){
		"nothing":     func(string) {},
		"no manifest": func(dir string) { require.NoError(t, os.Remove(filepath.Join(dir, rundir.ManifestName))) },
		"cut": func(dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, "activations-00000.arrow"), 20000))
		},
	} {
		for _, run := range oldRuns {
			t.Run(name+" "+run, func(t *testing.T) {
				dir, out := oldRun(t, run), filepath.Join(t.TempDir(), "out")
				damage(dir)
				m, err := Recover(context.Background(), dir, RecoverOptions{Out: out})
				if name == "cut" && run != "plain" { // of its only batch, or of one that is shorter, nothing is left
					return
				}
				require.NoError(t, err)
				assert.Equal(t, 2, m.FormatVersion)
				verified(t, out)
			})
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	m, err := Merge(context.Background(), []string{oldRun(t, "experiment")}, MergeOptions{Out: out})
	require.NoError(t, err)
	assert.Equal(t, 2, m.FormatVersion)
	verified(t, out)
}

func TestFormat2IsNotGoneOnWith(t *testing.T) {
	dir := oldRun(t, "stopped")
	m, err := rundir.ReadManifest(dir)
	require.NoError(t, err)
	_, err = Resume(Config{Dir: dir, Manifest: m, Columns: columns, Rows: 4})
	require.ErrorContains(t, err, "format 2, to which this version adds nothing")
	var resume *rundir.ResumeError
	require.ErrorAs(t, err, &resume)
	assert.Contains(t, resume.Hint(), "finish it with the version of capture that began it")
	require.Empty(t, verifyRun(t, dir, false).Problems)
}

// Format 1, and one that is later than this program, are refused by name: by a
// manifest, by a journal, by a file alone. Where the manifest was changed, it may be
// the number that is wrong.
func TestOtherFormatsAreRefusedByName(t *testing.T) {
	for version, hint := range map[int]string{1: "that wrote it", 4: "use a later version"} {
		refused := func(err error) {
			t.Helper()
			var format *rundir.FormatError
			require.ErrorAs(t, err, &format)
			assert.Equal(t, version, format.Format)
			assert.Contains(t, format.Hint(), hint)
		}
		dir := wholeRun(t, []int{5})
		editManifest(t, dir, func(m *rundir.Manifest) { m.FormatVersion = version })
		_, err := rundir.Open(dir)
		refused(err)
		_, err = verify.Run(context.Background(), dir, false)
		refused(err)
		_, err = rundir.OpenRecorded(dir)
		refused(err)
		_, err = Recover(context.Background(), dir, RecoverOptions{Out: filepath.Join(t.TempDir(), "out")})
		refused(err)

		text, err := os.ReadFile(filepath.Join(dir, rundir.ManifestName))
		require.NoError(t, err)
		text = []byte(strings.Replace(string(text), `"samples": 1`, `"samples": 2`, 1))
		require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.ManifestName), text, 0o666))
		v, err := verify.Run(context.Background(), dir, false)
		require.NoError(t, err)
		assert.Contains(t, problemsOf(v), rundir.ErrManifest.Error())

		m := wholeManifest("all", "all")
		m.FormatVersion = version
		journal := t.TempDir()
		_, err = rundir.BeginJournal(disk.OS{}, journal, m, nil)
		require.NoError(t, err)
		_, err = verify.Run(context.Background(), journal, false)
		refused(err)

		alone := filepath.Join(t.TempDir(), samples0)
		a, err := arrowfile.Create(disk.OS{}, alone, disk.PartSuffix, rundir.SchemaOf(version, "samples", rundir.RequiredSampleFields))
		require.NoError(t, err)
		_, err = a.Commit()
		require.NoError(t, err)
		_, err = rundir.ReadSamples(alone)
		refused(err)
	}
}

func TestFormatsDoNotMix(t *testing.T) {
	was, is := wholeManifest("all", "all"), wholeManifest("all", "all")
	was.FormatVersion = 2
	assert.Equal(t, []rundir.Difference{{What: "format", Then: "2", Now: "3"}}, rundir.Differences(was, is))
	assert.False(t, mayForce(rundir.Differences(was, is)))
}
