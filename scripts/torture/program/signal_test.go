package program

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// endings are the signals that end a run in good order, and their exit codes.
var endings = map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 3, syscall.SIGHUP: 3}

// A signal ends a run in good order: its finished samples are kept and listed,
// nothing else is left, and going on gives the same bytes. A resumption that is
// signalled loses nothing of that.
func TestSignals(t *testing.T) {
	w := wholeRun(t)
	for signal, code := range endings {
		for i := range max(1, *kills/12) {
			s := *seed + int64(i)
			t.Run(fmt.Sprintf("%s, seed %d", signal, s), func(t *testing.T) {
				rng := rand.New(rand.NewSource(s))
				dir, args := newRun(t)
				samples := int64(0)
				for range 3 {
					begun := groups(dir)
					p, until := start(t, args...), begun+1+rng.Intn(5)
					p.until(func() bool { return groups(dir) >= until })
					p.Process.Signal(signal)
					if got := p.end(t); got == 0 {
						break
					} else {
						require.Equal(t, code, got, "%s", p.told())
					}
					require.Contains(t, p.err.String(), "capture resume")
					m, err := rundir.ReadManifest(dir)
					require.NoError(t, err)
					require.Equal(t, rundir.Interrupted, m.Status)
					require.GreaterOrEqual(t, m.Samples, samples, "samples that were finished are gone")
					samples = m.Samples
					require.NotZero(t, samples)
					require.Subset(t, []string{rundir.DatasetName, rundir.JournalName, rundir.ManifestName}, beside(t, dir, m))
					verified := 3
					if m.Finished() {
						verified = 0
					}
					must(t, verified, "verify", dir)
					w.reported(t, dir, map[int]bool{})
					args = []string{"resume", dir}
				}
				w.resumed(t, dir)
			})
		}
	}
	t.Logf("torture: SIGINT, SIGTERM, SIGHUP: %d runs tried, each signalled up to 3 times, 0 lost (-seed %d)", len(endings)*max(1, *kills/12), *seed)
}

// beside lists the files of a folder that a manifest does not list.
func beside(t testing.TB, dir string, m *rundir.Manifest) (names []string) {
	listed := map[string]bool{}
	for _, f := range m.Files {
		listed[f.Name] = true
	}
	for _, name := range files(t, dir) {
		if !listed[name] {
			names = append(names, name)
		}
	}
	return names
}

// A second Ctrl-C ends the program at once; the run is as after a kill.
func TestSecondInterrupt(t *testing.T) {
	w := wholeRun(t)
	dir, args := newRun(t)
	p := start(t, args...)
	p.until(func() bool { return groups(dir) >= 3 })
	require.NoError(t, p.Process.Signal(syscall.SIGSTOP)) // so that both come before it can end
	require.NoError(t, p.Process.Signal(syscall.SIGINT))
	require.NoError(t, p.Process.Signal(syscall.SIGCONT))
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	for alive := true; alive; {
		select {
		case <-p.ended:
			alive = false
		case <-tick.C:
			p.Process.Signal(syscall.SIGINT)
		}
	}
	require.Equal(t, 130, p.end(t), "%s", p.told())
	w.reported(t, dir, map[int]bool{})
	w.resumed(t, dir)
}

// A run that is stopped and goes on, again and again, has the same bytes.
func TestStoppedAndContinued(t *testing.T) {
	w := wholeRun(t)
	dir, args := newRun(t)
	p := start(t, args...)
	for n := 1; n < 20; n += 3 {
		if p.until(func() bool { return groups(dir) >= n }); p.Process.Signal(syscall.SIGSTOP) != nil {
			break
		}
		must(t, 3, "verify", dir) // what is there can be read meanwhile
		held := must(t, 1, "resume", dir)
		require.Contains(t, held.err.String(), fmt.Sprintf("is being written by process %d", p.Process.Pid))
		p.Process.Signal(syscall.SIGCONT)
	}
	require.Equal(t, 0, p.end(t), "%s", p.told())
	w.finished(t, dir)
}

// Under nohup a hangup is nothing.
func TestIgnoredHangup(t *testing.T) {
	w := wholeRun(t)
	dir, args := newRun(t)
	p := &process{Cmd: command()}
	p.Path, p.Args = "/bin/sh", append([]string{"sh", "-c", `trap "" HUP; exec "$@"`, "sh", binary}, args...)
	p.Stdout, p.Stderr = &p.out, &p.err
	p.begin(t)
	for n := 1; n < 20; n += 4 {
		p.until(func() bool { return groups(dir) >= n })
		p.Process.Signal(syscall.SIGHUP)
	}
	require.Equal(t, 0, p.end(t), "%s", p.told())
	w.finished(t, dir)
}

// Whoever read stdout may go: a run goes on to its end. One that fails or is
// stopped still says so by its exit code.
func TestClosedPipe(t *testing.T) {
	w := wholeRun(t)
	for _, more := range [][]string{nil, {"--json"}} {
		dir, args := newRun(t, more...)
		p := startUnread(t, args...)
		require.Equal(t, 0, p.end(t), "%s", p.told())
		w.finished(t, dir)

		dir, args = newRun(t, more...)
		p = startUnread(t, args...)
		p.until(func() bool { return groups(dir) >= 2 })
		p.Process.Signal(syscall.SIGTERM)
		require.Equal(t, 3, p.end(t), "%s", p.told())
		w.resumed(t, dir)
	}
	dir, args := newRun(t)
	shell := exec.Command("/bin/sh", append([]string{"-c", `"$@" | true`, "sh", binary}, args...)...)
	shell.Dir, shell.Env = work, env
	require.NoError(t, shell.Run())
	require.True(t, exists(filepath.Join(dir, rundir.ManifestName)))
}

// startUnread starts a program whose stdout nobody reads.
func startUnread(t testing.TB, args ...string) *process {
	read, write, err := os.Pipe()
	require.NoError(t, err)
	read.Close()
	p := &process{Cmd: command(args...)}
	p.Stdout, p.Stderr = write, &p.err
	p.begin(t)
	write.Close()
	return p
}
