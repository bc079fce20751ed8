package storage

import (
	"errors"
	"flag"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

var (
	crashes   = flag.Int("crashes", 0, "how often the power is cut at each operation; 0: once at each ninth")
	crashSeed = flag.Int64("crash-seed", 1, "seed of what is left")
)

// moments is how often the power is cut at an operation, and how far it is to the
// next.
func moments() (tries int, step int64) {
	if *crashes > 0 {
		return *crashes, 1
	}
	if testing.Short() {
		return 1, 31
	}
	return 1, 9
}

// keeps are the shares of what is not synced that a power cut leaves, in turn.
var keeps = []float64{0, 0.5, 1, 0.1, 0.9, 0.5}

// told is what a writer had promised when the power was cut.
type told struct {
	begun  bool           // Create or Resume returned
	groups []rundir.Group // reported done
	status string         // once Finish returned
}

// writeUntil writes until the power is cut, and gives what was promised.
func writeUntil(cfg Config, open func(Config) (*Writer, error), write func(*Writer) error) (out told, err error) {
	w, err := open(cfg)
	if err != nil {
		return out, err
	}
	defer w.Close()
	err = write(w)
	out = told{begun: true, groups: slices.Clone(w.groups)}
	if err == nil {
		out.status = w.cfg.Manifest.Status
	}
	return out, err
}

// keptPromises wants a folder after a power cut to hold all that was promised, and
// to claim nothing that it does not hold. It gives the record, nil where there is
// no run.
func keptPromises(t testing.TB, dir string, was told) *rundir.Run {
	r, err := rundir.OpenRecorded(dir)
	if os.IsNotExist(err) || errors.Is(err, rundir.ErrNoRecord) {
		require.False(t, was.begun, "the run is gone: %v", err)
		return nil
	}
	require.NoError(t, err)
	for _, g := range r.Groups {
		for _, f := range g.Files {
			text, err := os.ReadFile(r.Path(f))
			require.NoError(t, err)
			require.Equal(t, f.SHA256, rundir.SumOf(text), f.Name)
		}
	}
	for _, g := range was.groups {
		i := slices.IndexFunc(r.Groups, func(have rundir.Group) bool { return have.Number == g.Number })
		require.GreaterOrEqual(t, i, 0, "group %d was reported done and is gone", g.Number)
		require.Equal(t, g.Files, r.Groups[i].Files)
	}
	if was.status != "" {
		require.Equal(t, was.status, r.Manifest.Status)
	}
	require.True(t, r.Journal || r.Manifest.Status == rundir.Complete, "there is nothing to go on from")
	kept := r.Manifest.Kept()
	require.Len(t, kept, 2)
	for _, f := range kept {
		text, err := os.ReadFile(filepath.Join(dir, f.Name))
		require.NoError(t, err)
		require.Equal(t, f.SHA256, rundir.SumOf(text))
	}
	return r
}

// goOn does what a user does after a power cut, until the power is cut again or
// the run is complete.
func goOn(dir string, fs disk.FS, r *rundir.Run) (told, error) {
	switch {
	case r == nil:
		cfg := faultyConfig(dir, fs)
		cfg.Overwrite = true
		was, err := writeUntil(cfg, Create, beginFaulty)
		if err != nil {
			return was, err
		}
	case r.Manifest.Status == rundir.Complete:
		return told{begun: true, groups: r.Groups, status: rundir.Complete}, Clear(dir)
	}
	return writeUntil(faultyConfig(dir, fs), Resume, endFaulty)
}

// sameRun wants all files of a run but the manifest to be those of another, and
// nothing else to be there.
func sameRun(t testing.TB, want, got string) {
	require.Equal(t, dataFiles(t, want), dataFiles(t, got))
	for _, name := range dataFiles(t, want) {
		a, err := os.ReadFile(filepath.Join(want, name))
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(got, name))
		require.NoError(t, err)
		if name == rundir.ManifestName {
			a, b = a[:1], b[:1] // its checksum covers times
		}
		require.Equal(t, a, b, name)
	}
	require.NoFileExists(t, filepath.Join(got, rundir.JournalName))
}

// deep is where the run lies: the folders above it are made with it.
var deep = filepath.Join("runs", "today", "run")

func wantedRun(t testing.TB) string {
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, writeFaulty(faultyConfig(dir, disk.OS{})))
	require.NoError(t, resumeFaulty(faultyConfig(dir, disk.OS{})))
	return dir
}

// Wherever the power is cut, and whatever of the unsynced is left: what was
// reported done is there and whole, nothing is claimed that is not, and going on
// gives the files of a run without a cut. During that the power is cut again, some
// of the time.
func TestPowerCut(t *testing.T) {
	want, cuts, states := wantedRun(t), 0, 0
	tries, step := moments()
	for try := range tries {
		for n := int64(0); ; n += step {
			seed := *crashSeed + 1_000_000*int64(try) + n
			rng := rand.New(rand.NewSource(seed))
			root := t.TempDir()
			fs := crashAfter(t, root, n)
			was, err := writeUntil(faultyConfig(filepath.Join(root, deep), fs), Create, beginFaulty)
			if err == nil {
				was, err = writeUntil(faultyConfig(filepath.Join(root, deep), fs), Resume, endFaulty)
			}
			whole := err == nil
			for cut := 0; ; cut++ {
				require.True(t, err == nil || errors.Is(err, errPower), "operation %d, -crash-seed %d: %v", n, seed, err)
				next := t.TempDir()
				fs.crash(t, next, keeps[(try+cut)%len(keeps)], rng)
				os.RemoveAll(root)
				root, states = next, states+1
				r := keptPromises(t, filepath.Join(root, deep), was)
				if cut == 3 || rng.Intn(2) == 0 { // no further cut
					_, err := goOn(filepath.Join(root, deep), faulty(plenty), r)
					require.NoError(t, err, "operation %d, -crash-seed %d", n, seed)
					break
				}
				fs = crashAfter(t, root, rng.Int63n(200))
				before := was
				if was, err = goOn(filepath.Join(root, deep), fs, r); !was.begun {
					was = before // a run that was not gone on with still is what it was
					was.status = ""
				}
			}
			sameRun(t, want, filepath.Join(root, deep))
			os.RemoveAll(root)
			if cuts++; whole {
				break
			}
		}
	}
	t.Logf("torture: power cuts in the writer: %d moments, %d states of the disk tried, 0 lost (-crash-seed %d)", cuts, states, *crashSeed)
}

// Where a run replaces another, a power cut leaves the old one, the new one, or
// neither: never something of both.
func TestPowerCutWhileOverwriting(t *testing.T) {
	states := 0
	tries, step := moments()
	for _, old := range []func(Config) error{writeFaulty, func(cfg Config) error { return errors.Join(writeFaulty(cfg), resumeFaulty(cfg)) }} {
		for n := int64(0); ; n += step {
			var err error
			for try := range tries {
				rng := rand.New(rand.NewSource(*crashSeed + 1_000_000*int64(try) + n))
				root := t.TempDir()
				dir := filepath.Join(root, "run")
				cfg := faultyConfig(dir, faulty(plenty))
				cfg.Dataset = []byte("{\"old\":true}\n")
				cfg.Manifest.Dataset.SHA256 = rundir.SumOf(cfg.Dataset)
				require.NoError(t, old(cfg))
				fs := crashAfter(t, root, n)
				var was told
				cfg = faultyConfig(dir, fs)
				cfg.Overwrite = true
				was, err = writeUntil(cfg, Create, beginFaulty)
				next := t.TempDir()
				fs.crash(t, next, keeps[try%len(keeps)], rng)
				states++
				keptPromises(t, filepath.Join(next, "run"), was)
				os.RemoveAll(root)
				os.RemoveAll(next)
			}
			if err == nil {
				break
			}
			require.ErrorIs(t, err, errPower)
		}
	}
	t.Logf("torture: power cuts while a run replaces another: %d states of the disk tried, 0 lost (-crash-seed %d)", states, *crashSeed)
}
