package program

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// whole is a run that nothing stopped, to hold others against.
type whole struct {
	dir  string
	args []string // that differ from a plain run's
	sums map[string]string
}

func wholeRun(t testing.TB, args ...string) *whole {
	dir, run := newRun(t, args...)
	must(t, 0, run...)
	w := &whole{dir: dir, args: args, sums: map[string]string{}}
	for _, name := range files(t, dir) {
		w.sums[name] = sum(t, filepath.Join(dir, name))
	}
	return w
}

func files(t testing.TB, dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func sum(t testing.TB, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}

// reported wants every group that the journal of a run reports done to be there as
// it will be in the end, and gives how many there are. The run may go on meanwhile.
func (w *whole) reported(t testing.TB, dir string, seen map[int]bool) int {
	j, err := rundir.ReadJournal(dir)
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(t, err)
	for _, g := range j.Groups {
		if seen[g.Number] || g.Partial { // a part is replaced at any time
			continue
		}
		for _, f := range g.Files {
			require.Equal(t, w.sums[f.Name], f.SHA256, f.Name)
			require.Equal(t, f.SHA256, sum(t, filepath.Join(dir, f.Name)), f.Name)
		}
		seen[g.Number] = true
	}
	return len(j.Groups)
}

// finished wants a run to be complete, the same as this one to the byte but for
// what the manifest says of the host, and good for verify.
func (w *whole) finished(t testing.TB, dir string) {
	require.Equal(t, files(t, w.dir), files(t, dir))
	for name, want := range w.sums {
		if name != rundir.ManifestName {
			require.Equal(t, want, sum(t, filepath.Join(dir, name)), name)
		}
	}
	require.Equal(t, withoutHost(t, w.dir), withoutHost(t, dir))
	p := must(t, 0, "verify", dir)
	require.Contains(t, p.out.String(), "good: complete")
}

// resumed goes on with a run to its end.
func (w *whole) resumed(t testing.TB, dir string) {
	must(t, 0, "resume", dir)
	w.finished(t, dir)
}

func withoutHost(t testing.TB, dir string) map[string]any {
	text, err := os.ReadFile(filepath.Join(dir, rundir.ManifestName))
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	delete(m, "host")
	delete(m["spec"].(map[string]any), "out") // the only thing that was asked for otherwise
	return m
}

// groups counts what the journal of a run reports done.
func groups(dir string) int {
	j, err := rundir.ReadJournal(dir)
	if err != nil {
		return 0
	}
	return len(j.Groups)
}
