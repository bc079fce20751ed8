package storage

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// A process that is killed between its last two steps leaves a journal beside a run
// that is complete: nothing is wrong with that.
func TestVerifyPassesOverTheJournalOfACompleteRun(t *testing.T) {
	dir := wholeRun(t, []int{4, 2})
	require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.JournalName), []byte("{}\n"), 0o666))
	v, err := verify.Run(context.Background(), dir, false)
	require.NoError(t, err)
	require.Empty(t, v.Problems)
	require.NoError(t, Clear(dir))
	require.NoFileExists(t, filepath.Join(dir, rundir.JournalName))
}
