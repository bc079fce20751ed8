package program

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	kills = flag.Int("kills", 12, "how many runs are killed")
	seed  = flag.Int64("seed", 1, "seed of the moments")
)

var (
	binary string   // the program
	work   string   // folder of this test run, with the prompts
	env    []string // of the program
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		var err error
		if work, err = os.MkdirTemp("", "torture-"); err == nil {
			defer os.RemoveAll(work)
			err = prepare()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "torture:", err)
			return 1
		}
		return m.Run()
	}())
}

// prepare takes CAPTURE_BIN or builds the program, and writes prompts and a spec.
func prepare() error {
	os.Chmod(work, 0o755)                                                                                  // some tests run as another user
	env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CAPTURE_") }) // a model, for one
	env = append(env, "CAPTURE_THREADS=1", "HOME="+work, "XDG_CACHE_HOME="+filepath.Join(work, "cache"))
	if binary = os.Getenv("CAPTURE_BIN"); binary == "" {
		binary = filepath.Join(work, "capture")
		build := exec.Command("go", "build", "-o", binary, "../../../cmd/capture")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("cannot build the program: %w", err)
		}
	}
	prompts, err := command("phantom", "prompts", "--cause", "lie", "--n", "20", "--seed", "7").Output()
	if err == nil {
		err = os.WriteFile(filepath.Join(work, "prompts.jsonl"), prompts, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(work, "spec.yaml"), []byte(spec), 0o644)
	}
	return err
}

// spec is of a run of 160 samples in 20 groups, some of which wait for others.
const spec = `model: phantom
prompts: prompts.jsonl
generate: {samples: 8, max_tokens: 8, temperature: 1}
capture: {hooks: [resid_post], group: 8}
engine: {batch: 4}
`

func command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Env = work, env
	return cmd
}

// newRun gives the command line of a run into a new folder, and the folder.
func newRun(t testing.TB, more ...string) (dir string, args []string) {
	dir = filepath.Join(t.TempDir(), "run")
	return dir, append([]string{"run", "spec.yaml", "--out", dir}, more...)
}

// process is a program under way.
type process struct {
	*exec.Cmd
	out, err bytes.Buffer
	ended    chan struct{}
}

func start(t testing.TB, args ...string) *process {
	p := &process{Cmd: command(args...)}
	p.Stdout, p.Stderr = &p.out, &p.err
	p.begin(t)
	return p
}

func (p *process) begin(t testing.TB) {
	p.ended = make(chan struct{})
	require.NoError(t, p.Start())
	go func() {
		p.Cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.Process.Kill()
		<-p.ended
	})
}

// end waits for the end of the program and gives its exit code; of one that a
// signal ended, 128 and the signal's number, as a shell does.
func (p *process) end(t testing.TB) int {
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		p.Process.Signal(syscall.SIGQUIT)
		<-p.ended
		require.Fail(t, "the program does not end", "%v\n%s", p.Args, p.err.String())
	}
	require.NotContains(t, p.err.String(), "goroutine ", "a panic")
	if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.ProcessState.ExitCode()
}

// told gives what the program printed, for the message of a test that fails.
func (p *process) told() string {
	return fmt.Sprintf("%s\n%s%s", strings.Join(p.Args, " "), p.out.String(), p.err.String())
}

// must runs the program and wants an exit code.
func must(t testing.TB, code int, args ...string) *process {
	p := start(t, args...)
	require.Equal(t, code, p.end(t), "%s", p.told())
	return p
}

// until waits for a condition, or the end of the program, and says which.
func (p *process) until(condition func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-p.ended:
			return condition()
		case <-tick.C:
		}
	}
	return true
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}
