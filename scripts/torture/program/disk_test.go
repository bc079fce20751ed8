package program

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// disk mounts a small disk, and skips the test where that is not allowed.
func diskImage(t *testing.T, options string) string {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here (needs Linux and root): %v: %s", err, out)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", dir).Run()) })
	return dir
}

func remount(t *testing.T, dir, options string) {
	out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// A disk that is full, wherever in a run: exit code 3, what was finished stays, a
// resumption that finds it full still loses nothing, and with more space the run
// has the same bytes.
func TestFullDisk(t *testing.T) {
	w, full := wholeRun(t), 0
	for i := range max(2, *kills/6) {
		rng := rand.New(rand.NewSource(*seed + int64(i)))
		size := 200 + rng.Intn(16_000) // KiB
		t.Run(fmt.Sprintf("%d KiB", size), func(t *testing.T) {
			mount := diskImage(t, fmt.Sprintf("size=%dk", size))
			dir := filepath.Join(mount, "run")
			args, seen := []string{"run", "spec.yaml", "--out", dir}, map[int]bool{}
			for range 2 {
				p := start(t, args...)
				require.Equal(t, 3, p.end(t), "%s", p.told())
				require.Contains(t, p.err.String(), "no space left on device")
				require.Contains(t, p.err.String(), "free some space")
				require.GreaterOrEqual(t, w.reported(t, dir, map[int]bool{}), len(seen))
				w.reported(t, dir, seen)
				if p = start(t, "verify", dir); p.end(t) != 0 { // or only the end of the run was missing
					require.Equal(t, 3, p.ProcessState.ExitCode(), "%s", p.told())
				}
				args = []string{"resume", dir}
			}
			remount(t, mount, "size=100m")
			w.resumed(t, dir)
			full++
		})
	}
	t.Logf("torture: a full disk, then more space: %d sizes tried, 0 lost (-seed %d)", full, *seed)
}

// A disk without room for a journal: nothing is begun, and the hint says why.
func TestNoSpaceAtAll(t *testing.T) {
	dir := filepath.Join(diskImage(t, "size=4k"), "run")
	p := must(t, 1, "run", "spec.yaml", "--out", dir)
	require.Contains(t, p.err.String(), "free some space")
	require.False(t, exists(filepath.Join(dir, rundir.JournalName)))
}

// A disk that may only be read: refused with a hint; a run that lies there can be
// read, and is gone on with once it may be written.
func TestReadOnlyDisk(t *testing.T) {
	w := wholeRun(t)
	mount := diskImage(t, "size=100m")
	dir := filepath.Join(mount, "run")
	p := start(t, "run", "spec.yaml", "--out", dir)
	p.until(func() bool { return groups(dir) >= 3 })
	p.Process.Kill()
	p.end(t)
	remount(t, mount, "ro")
	p = must(t, 1, "run", "spec.yaml", "--out", filepath.Join(mount, "other"))
	require.Contains(t, p.err.String(), "read-only file system")
	require.Contains(t, p.err.String(), "hint: ")
	p = must(t, 1, "resume", dir)
	require.Contains(t, p.err.String(), "read-only file system")
	must(t, 3, "verify", dir)
	w.reported(t, dir, map[int]bool{})
	remount(t, mount, "rw")
	w.resumed(t, dir)
}

// A limit on the size of files is a full disk to the one who meets it.
func TestLargestFile(t *testing.T) {
	w := wholeRun(t)
	dir, args := newRun(t)
	p := &process{Cmd: command()}
	p.Path, p.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -f 200; exec "$@"`, "sh", binary}, args...)
	p.Stdout, p.Stderr = &p.out, &p.err
	p.begin(t)
	require.Equal(t, 3, p.end(t), "%s", p.told())
	require.Contains(t, p.err.String(), "file too large")
	w.resumed(t, dir)
}

// A folder that may not be written into: refused with a hint.
func TestNoPermission(t *testing.T) {
	parent := t.TempDir()
	require.NoError(t, os.Chmod(parent, 0o555))
	p := &process{Cmd: command("run", "spec.yaml", "--out", filepath.Join(parent, "run"))}
	asNobody(t, p)
	p.Stdout, p.Stderr = &p.out, &p.err
	p.begin(t)
	require.Equal(t, 1, p.end(t), "%s", p.told())
	require.Contains(t, p.err.String(), "permission denied")
	require.Contains(t, p.err.String(), "hint: choose an --out below a folder that you may write into")
}

// asNobody runs a program as a user whom permissions hold for.
func asNobody(t *testing.T, p *process) {
	if os.Getuid() == 0 {
		p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}} // nobody
		require.NoError(t, exec.Command("chmod", "-R", "a+rwX", filepath.Join(work, "cache")).Run())
		for at := filepath.Dir(binary); at != "/"; at = filepath.Dir(at) {
			if info, err := os.Stat(at); err != nil || info.Mode()&1 == 0 {
				t.Skipf("%s cannot be read by other users", at)
			}
		}
	}
}
