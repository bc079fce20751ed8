package storage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

func TestAFolderMayHaveAnyName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run [1] *?")
	require.NoError(t, os.Rename(wholeRun(t, []int{5, 4, 7}), dir))
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, samples, 3)
}
