package storage

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// plannedRun is a run of two groups with a plan, as verify promises them.
func plannedRun(t testing.TB, shard *rundir.Shard) string {
	m := wholeManifest("all", "response")
	m.Plan, m.Shard = &rundir.Plan{Samples: 9, GroupSamples: 4}, shard
	text := []byte("{}\n")
	m.Dataset = rundir.Dataset{SHA256: rundir.SumOf(text), Rows: 1}
	w := create(t, Config{Manifest: m, Dataset: text, Directions: []byte("the directions")})
	for g := range m.Plan.Groups() {
		if !shard.Holds(g) {
			continue
		}
		first, n := m.Plan.Group(g)
		require.NoError(t, w.StartGroup(g, first))
		for i := range n {
			id := int(first + i)
			writeWholeSample(t, w, id, 3+id%5)
		}
		require.NoError(t, w.Commit())
	}
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func verified(t testing.TB, dir string) *verify.Report {
	t.Helper()
	v, err := verify.Run(context.Background(), dir, false)
	require.NoError(t, err)
	require.Empty(t, v.Problems)
	return v
}

func copyRun(t testing.TB, dir string) string {
	out := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(out, os.DirFS(dir)))
	return out
}

// Cut anywhere, or with zeros from anywhere on, what is saved of a file is right,
// and as much as its whole record batches hold.
func TestRecoverCutFiles(t *testing.T) {
	whole := plannedRun(t, nil)
	want, err := rundir.Open(whole)
	require.NoError(t, err)
	all, err := want.Samples()
	require.NoError(t, err)
	hurt := copyRun(t, whole)
	path := filepath.Join(hurt, activations0)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	seen := map[int64]bool{}
	step := 37
	if testing.Short() {
		step = 111
	}
	for cut := 0; cut < len(text); cut += step {
		damaged := text[:cut]
		if cut%2 == 1 {
			damaged = append(append([]byte{}, text[:cut]...), make([]byte, len(text)-cut)...)
		}
		require.NoError(t, os.WriteFile(path, damaged, 0o666))
		out := filepath.Join(t.TempDir(), "out")
		m, err := Recover(context.Background(), hurt, RecoverOptions{Out: out, FS: disk.Unsynced{}})
		require.NoError(t, err)
		v := verified(t, out)
		assert.Equal(t, m.Samples, v.Samples)
		seen[m.Samples] = true
		got, err := rundir.Open(out)
		require.NoError(t, err)
		samples, err := got.Samples()
		require.NoError(t, err)
		for _, s := range samples {
			require.Equal(t, all[s.SampleID], s)
			a, err := want.Read(s, names()...)
			require.NoError(t, err)
			b, err := got.Read(s, names()...)
			require.NoError(t, err)
			require.Equal(t, a.Values, b.Values)
		}
		require.Equal(t, rundir.Recovered, m.Status)
		require.NotEmpty(t, m.Host.Recovered.Lost)
		require.True(t, rundir.CanResume(out))
	}
	assert.True(t, seen[5] && seen[6] && seen[7] && seen[8], "saved numbers of samples: %v", seen)
}

// After a fault while it copies or writes, nothing is left that could be read as a
// run, and the source is as it was.
func TestMergeAndRecoverFaults(t *testing.T) {
	a, b := plannedRun(t, &rundir.Shard{Index: 1, Of: 2}), plannedRun(t, &rundir.Shard{Index: 2, Of: 2})
	whole := plannedRun(t, nil)
	hurt := copyRun(t, whole)
	require.NoError(t, os.Truncate(filepath.Join(hurt, activations0), 3000))
	for name, do := range map[string]func(out string, fs disk.FS) (*rundir.Manifest, error){
		"merge": func(out string, fs disk.FS) (*rundir.Manifest, error) {
			return Merge(context.Background(), []string{a, b}, MergeOptions{Out: out, FS: fs})
		},
		"recover": func(out string, fs disk.FS) (*rundir.Manifest, error) {
			return Recover(context.Background(), hurt, RecoverOptions{Out: out, FS: fs})
		},
	} {
		t.Run(name, func(t *testing.T) {
			done := false
			for n := int64(0); !done; n++ {
				out := filepath.Join(t.TempDir(), "out")
				_, err := do(out, faulty(n))
				if done = err == nil; done {
					require.Greater(t, n, int64(20))
					verified(t, out)
					continue
				}
				require.ErrorIs(t, err, errFault)
				left, _ := os.ReadDir(out)
				require.Empty(t, left, "operation %d", n)
			}
		})
	}
	verified(t, a)
	verified(t, b)
	merged := filepath.Join(t.TempDir(), "merged")
	m, err := Merge(context.Background(), []string{b, a}, MergeOptions{Out: merged})
	require.NoError(t, err)
	assert.Len(t, m.Host.Merged, 2)
	verified(t, merged)
	sameFiles(t, whole, merged)
}
