package program

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

// stopped starts a run and stops it by SIGSTOP when some groups are done.
func stopped(t *testing.T, dir string, args []string) *process {
	p := start(t, args...)
	p.until(func() bool { return groups(dir) >= 3 })
	require.NoError(t, p.Process.Signal(syscall.SIGSTOP))
	return p
}

// A run whose folder is removed ends with a clear error and claims nothing.
func TestFolderRemoved(t *testing.T) {
	dir, args := newRun(t, "--json")
	p := stopped(t, dir, args)
	require.True(t, p.until(func() bool { return os.RemoveAll(dir) == nil })) // not all its threads stop at once
	p.Process.Signal(syscall.SIGCONT)
	require.Equal(t, 1, p.end(t), "%s", p.told())
	require.Contains(t, p.err.String(), disk.ErrGone.Error())
	require.Contains(t, p.err.String(), "hint: run again")
	require.Contains(t, p.out.String(), `"samples": 0`)
	require.False(t, exists(dir))
}

// A folder that is moved away holds what was reported done, and is gone on with
// where it is.
func TestFolderMoved(t *testing.T) {
	w := wholeRun(t)
	dir, args := newRun(t)
	p := stopped(t, dir, args)
	elsewhere := filepath.Join(t.TempDir(), "moved")
	require.NoError(t, os.Rename(dir, elsewhere))
	p.Process.Signal(syscall.SIGCONT)
	require.Equal(t, 1, p.end(t), "%s", p.told())
	require.False(t, exists(dir))
	require.GreaterOrEqual(t, w.reported(t, elsewhere, map[int]bool{}), 3)
	w.resumed(t, elsewhere)
}

// A folder that is replaced by that of another run: the other one is not touched.
func TestFolderReplaced(t *testing.T) {
	w := wholeRun(t)
	dir, args := newRun(t)
	old := stopped(t, dir, append(args, "--seed", "5"))
	require.NoError(t, os.Rename(dir, filepath.Join(t.TempDir(), "moved")))
	other := stopped(t, dir, args)
	require.NoError(t, old.Process.Signal(syscall.SIGCONT))
	require.Equal(t, 1, old.end(t), "%s", old.told())
	held := must(t, 1, "resume", dir)
	require.Contains(t, held.err.String(), "is being written by process")
	require.NoError(t, other.Process.Signal(syscall.SIGCONT))
	require.Equal(t, 0, other.end(t), "%s", other.told())
	w.finished(t, dir)
}
