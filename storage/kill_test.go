package storage

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

var killEvery = flag.Int64("kill-every", 97, "a writer is killed at each so-many-th operation; 1: at each")

// killFS kills its own process at an operation: before it, or within a write.
type killFS struct {
	faultyFS
}

// Where another process is told when to die, and in which folder it writes.
const killAt, killIn = "CAPTURE_TEST_KILL_AT", "CAPTURE_TEST_KILL_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killIn); dir != "" {
		writeAndDie(dir, os.Getenv(killAt))
	}
	os.Exit(m.Run())
}

// writeAndDie goes on with the run in a folder, or begins it, until it is killed at
// an operation. It ends with 0 when the run is complete.
func writeAndDie(dir, operation string) {
	n, err := strconv.ParseInt(operation, 10, 64)
	fs := &killFS{}
	fs.left.Store(n)
	if err == nil {
		var r *rundir.Run
		if r, err = rundir.OpenRecorded(dir); os.IsNotExist(err) || errors.Is(err, rundir.ErrNoRecord) {
			err = nil
		}
		if err == nil {
			_, err = goOn(dir, fs, r)
		}
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(0)
}

func (f *killFS) step() {
	if f.left.Add(-1) == -1 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (f *killFS) Create(path string) (disk.File, error) {
	f.step()
	file, err := f.OS.Create(path)
	return &killFile{file, f}, err
}

func (f *killFS) Open(path string) (disk.Source, error) { f.step(); return f.OS.Open(path) }

func (f *killFS) Rename(from, to string) error { f.step(); return f.OS.Rename(from, to) }

func (f *killFS) Remove(path string) error { f.step(); return f.OS.Remove(path) }

func (f *killFS) SyncDir(string) error { f.step(); return nil }

type killFile struct {
	disk.File
	fs *killFS
}

func (f *killFile) Write(b []byte) (int, error) {
	if f.fs.left.Load() == 0 {
		f.File.Write(b[:len(b)/2])
	}
	f.fs.step()
	return f.File.Write(b)
}

func (f *killFile) Sync() error { f.fs.step(); return nil }

// A writer's process that is killed at an operation leaves what it reported done
// whole, and a run that another goes on with to the same bytes; that one is
// killed too, further on.
func TestKilledAtEveryOperation(t *testing.T) {
	want := wantedRun(t)
	step := *killEvery
	if testing.Short() {
		step *= 4
	}
	kills, before := 0, -1
	for n := int64(0); ; n += step {
		root := t.TempDir()
		dir := filepath.Join(root, deep)
		complete := false
		for _, at := range []int64{n, n + 40, plenty} {
			err := childUntil(dir, at)
			if complete = err == nil; complete {
				break
			}
			var ended *exec.ExitError
			require.ErrorAs(t, err, &ended)
			require.Equal(t, syscall.SIGKILL, ended.Sys().(syscall.WaitStatus).Signal(), "operation %d: %s", at, ended.Stderr)
			kills++
			keptPromises(t, dir, told{})
		}
		require.True(t, complete)
		sameRun(t, want, dir)
		os.RemoveAll(root)
		if kills == before { // the first process came to the end
			break
		}
		before = kills
	}
	t.Logf("torture: a writer killed at an operation: %d kills tried, 0 lost", kills)
}

func childUntil(dir string, operation int64) error {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killIn+"="+dir, killAt+"="+strconv.FormatInt(operation, 10))
	_, err := child.Output()
	return err
}
