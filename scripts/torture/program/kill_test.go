package program

import (
	"fmt"
	"math/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// tally counts what became of the runs of a test.
type tally struct {
	kills, early, late, again, groups int
}

// A run that is killed at any moment, and its resumption too some of the time, is
// resumed to the same bytes; what was reported done is whole all the while.
func TestKilled(t *testing.T) {
	for _, args := range [][]string{nil, {"--shard", "1/2"}} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			begun := time.Now()
			w := wholeRun(t, args...)
			took, count := time.Since(begun), tally{}
			for i := range *kills / 2 {
				s := *seed + int64(i)
				if !t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) { killed(t, w, took, rand.New(rand.NewSource(s)), &count) }) {
					t.Fatalf("lost with -seed %d", s)
				}
			}
			t.Logf("torture: killed %v: %d kills tried (%d before the journal, %d after the end, %d of a resumption), %d groups reported before a kill, 0 lost (-seed %d)",
				args, count.kills, count.early, count.late, count.again, count.groups, *seed)
		})
	}
}

// killed kills a run, and goes on with it.
func killed(t *testing.T, w *whole, took time.Duration, rng *rand.Rand, count *tally) {
	dir, run := newRun(t, w.args...)
	next := run
	for kill := 0; kill == 0 || kill < 4 && rng.Intn(2) == 0; kill++ {
		seen := map[int]bool{}
		killedAt(t, w, dir, next, time.Duration(rng.Int63n(int64(took))), seen)
		count.kills++
		if kill > 0 {
			count.again++
		}
		done := w.reported(t, dir, map[int]bool{}) // all of them, once more
		count.groups += done
		switch {
		case exists(filepath.Join(dir, rundir.ManifestName)):
			count.late++
			must(t, 0, "verify", dir)
		case exists(filepath.Join(dir, rundir.JournalName)):
			require.GreaterOrEqual(t, done, len(seen))
			must(t, 3, "verify", dir)
		default:
			require.Empty(t, seen)
			count.early++
			must(t, 2, "resume", dir)
			next = append(run, "--overwrite")
			continue
		}
		next = []string{"resume", dir}
	}
	must(t, 0, next...)
	if next[0] == "resume" {
		must(t, 0, next...) // once more changes nothing
	}
	w.finished(t, dir)
}

// killedAt starts a program, and kills it after some time. Meanwhile what it reports
// done is looked at.
func killedAt(t *testing.T, w *whole, dir string, args []string, after time.Duration, seen map[int]bool) {
	p, moment := start(t, args...), time.After(after)
	p.until(func() bool {
		w.reported(t, dir, seen)
		select {
		case <-moment:
			return true
		default:
			return false
		}
	})
	p.Process.Kill()
	if code := p.end(t); code != 137 { // it was faster
		require.Equal(t, 0, code, "%s", p.told())
	}
}
