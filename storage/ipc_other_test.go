package storage

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

func TestOtherWritersMarkTheEndOfTheStream(t *testing.T) {
	path := filepath.Join(wholeRun(t, []int{5, 4, 7}), activations0)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	a, err := arrowfile.ReadFooter(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	marked := slices.Concat(text[:a.At], []byte("\xff\xff\xff\xff\x00\x00\x00\x00"), text[a.At:])
	require.NoError(t, os.WriteFile(path, marked, 0o666))
	require.EqualValues(t, 16, openTestTable(t, path).Rows())
	table, cut, err := rundir.OpenCut(path)
	require.NoError(t, err)
	defer table.Close()
	require.NoError(t, cut.Why)
	require.Equal(t, a.At, cut.At)
	require.EqualValues(t, 16, table.Rows())
}
