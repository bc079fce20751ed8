package storage

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// stoppedRun holds 2 of 5 samples, and ended so.
func stoppedRun(t *testing.T, status string) string {
	m := wholeManifest("all", "response")
	m.Plan = &rundir.Plan{Samples: 5, GroupSamples: 2}
	w := create(t, Config{Manifest: m})
	writeWholeSample(t, w, 0, 5)
	writeWholeSample(t, w, 1, 4)
	require.NoError(t, w.Commit())
	if status == rundir.Unfinished {
		w.Close()
		return w.cfg.Dir
	}
	var cause error
	if status == rundir.Failed {
		cause = errFault
	}
	_, err := w.Finish(status, cause)
	require.NoError(t, err)
	return w.cfg.Dir
}

func TestRunsThatAreNotFinished(t *testing.T) {
	for _, status := range []string{rundir.Interrupted, rundir.Failed, rundir.Unfinished} {
		t.Run(status, func(t *testing.T) {
			dir := stoppedRun(t, status)
			v := verifyRun(t, dir, false)
			require.Empty(t, v.Problems)
			require.False(t, v.Finished)
			require.EqualValues(t, 5, *v.Planned)
			err := v.NotFinished()
			require.ErrorContains(t, err, "is not finished: it holds 2 of 5 samples")
			require.Contains(t, err.Hint(), "capture resume "+dir)

			run, oerr := rundir.Open(dir)
			require.NoError(t, oerr)
			out := filepath.Join(t.TempDir(), "out")
			for _, format := range export.Formats {
				var not *rundir.NotFinishedError
				_, err := export.Write(context.Background(), run, export.Config{Format: format, Out: out})
				require.ErrorAs(t, err, &not)
				require.NoFileExists(t, out)
			}
			done, xerr := export.Write(context.Background(), run, export.Config{Format: "parquet", Out: out, Partial: true})
			require.NoError(t, xerr)
			require.Equal(t, "2 of 5 samples", done.Partial)
			require.EqualValues(t, 9, done.Rows)
			for _, name := range []string{"samples.parquet", "activations.parquet"} {
				require.Equal(t, "2 of 5 samples", parquetKey(t, filepath.Join(out, name), "capture.partial"))
			}

			_, merr := Merge(context.Background(), []string{dir}, MergeOptions{Out: filepath.Join(t.TempDir(), "all")})
			var not *rundir.NotFinishedError
			require.ErrorAs(t, merr, &not)

			require.NoError(t, os.Remove(filepath.Join(dir, rundir.JournalName)))
			if status != rundir.Unfinished { // nothing to go on from
				require.NotContains(t, verifyRun(t, dir, false).NotFinished().Hint(), "resume")
			}
		})
	}
}

func TestARunStoppedBeforeItsFirstSampleIsNotFinished(t *testing.T) {
	m := wholeManifest("all", "response")
	m.Plan = &rundir.Plan{Samples: 24, GroupSamples: 8}
	w := create(t, Config{Manifest: m})
	finish(t, w, rundir.Interrupted)
	v := verifyRun(t, w.cfg.Dir, false)
	require.Empty(t, v.Problems)
	require.ErrorContains(t, v.NotFinished(), "it holds 0 of 24 samples")
	run, err := rundir.Open(w.cfg.Dir)
	require.NoError(t, err)
	_, err = export.Write(context.Background(), run, export.Config{Format: "npz", Partial: true})
	require.ErrorContains(t, err, "it holds 0 of 24 samples")
}

func TestAFinishedExportSaysNothingOfParts(t *testing.T) {
	for _, partial := range []bool{false, true} {
		out := exportTo(t, exportRun(t, exportRows{3}), export.Config{Format: "parquet", Partial: partial})
		require.Empty(t, parquetKey(t, filepath.Join(out, "samples.parquet"), "capture.partial"))
		require.NotEmpty(t, parquetKey(t, filepath.Join(out, "samples.parquet"), "capture.manifest"))
	}
}

// parquetKey gives a text of a Parquet file's metadata; empty where there is none.
func parquetKey(t *testing.T, path, key string) string {
	f, err := file.OpenParquetFile(path, false)
	require.NoError(t, err)
	defer f.Close()
	for _, kv := range f.MetaData().KeyValueMetadata() {
		if kv.GetKey() == key {
			return kv.GetValue()
		}
	}
	return ""
}

// What an unfinished run's journal says of its groups is what the verification, as
// JSON, has of it.
func TestVerificationAsJSONSaysHowFarARunGot(t *testing.T) {
	text, err := json.Marshal(verifyRun(t, stoppedRun(t, rundir.Interrupted), true))
	require.NoError(t, err)
	for _, want := range []string{`"ok":true`, `"finished":false`, `"samples":2`, `"planned_samples":5`, `"foreign":[]`} {
		require.Contains(t, string(text), want)
	}
}
