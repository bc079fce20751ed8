package storage

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Wherever a file is cut, the record batches before that place are there, and
// nothing else.
func TestOpenCutGivesWholeBatches(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 7
	}
	dir := wholeRun(t, []int{5, 4, 7})
	for _, name := range []string{activations0, samples0} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		whole := openTestTable(t, path)
		part := filepath.Join(t.TempDir(), name+".part")
		for n := 0; n < len(text)+step; n += step {
			size := min(n, len(text))
			require.NoError(t, os.WriteFile(part, text[:size], 0o666))
			table, cut, err := rundir.OpenCut(part)
			if size < int(schemaEnd(t, text)) {
				var damage *disk.DamageError
				require.ErrorAs(t, err, &damage, "%d bytes", size)
				require.Contains(t, err.Error(), "nothing to read")
				continue
			}
			require.NoError(t, err)
			want := whole.Before(int64(size))
			require.Equal(t, append([]arrowfile.Batch(nil), whole.Batches()[:want]...), table.Batches())
			require.LessOrEqual(t, cut.At, int64(size))
			require.Equal(t, size == len(text), cut.Why == nil, "%d bytes: %v", size, cut.Why)
			if size%64 == 0 && name == activations0 {
				got, err := rundir.ReadRowsOf(table, 0, table.Rows())
				require.NoError(t, err)
				rows, err := rundir.ReadRowsOf(whole, 0, table.Rows())
				require.NoError(t, err)
				require.Equal(t, len(rows), len(got))
			}
			require.NoError(t, table.Close())
		}
	}
}

// schemaEnd is where the schema's message ends.
func schemaEnd(t testing.TB, text []byte) int64 {
	a, err := arrowfile.ReadFooter(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	if len(a.Dictionaries) > 0 {
		return a.Dictionaries[0].At
	}
	return a.Batches[0].At
}

func TestSamplesOfACutFile(t *testing.T) {
	path := filepath.Join(wholeRun(t, []int{5, 4, 7}), samples0)
	want, err := rundir.ReadSamples(path)
	require.NoError(t, err)
	require.Len(t, want, 3)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[:len(text)-20], 0o666))
	_, err = rundir.ReadSamples(path)
	require.ErrorContains(t, err, "is no whole Arrow file")
	table, cut, err := rundir.OpenCut(path)
	require.NoError(t, err)
	defer table.Close()
	got, err := rundir.ReadSamplesOf(table)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.ErrorContains(t, cut.Why, "no message begins here")
}
