package storage

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// go test ./storage -run Damage -v -mutations 2000 -seed 7
var (
	mutationsFlag = flag.Int("mutations", 60, "damages of each file of a run")
	seedFlag      = flag.Uint64("seed", 20261124, "of the damages")
)

// What reading a damaged run of some kilobytes may allocate, and when it hangs.
const (
	damageTime   = 5 * time.Minute
	damageMemory = 1 << 30
)

// damageTally is what became of the damages.
type damageTally struct {
	tried, found, harmless int
	slowest                time.Duration
	memory                 uint64
	failures               []string
}

func (d *damageTally) String() string {
	return fmt.Sprintf("%d mutations tried: %d found, %d harmless, slowest %v, largest %d MiB allocated, %d lost",
		d.tried, d.found, d.harmless, d.slowest.Round(time.Millisecond), d.memory>>20, len(d.failures))
}

// measured calls fn and holds it against what damage may cost; a panic is a
// failure, too.
func (d *damageTally) measured(what string, fn func()) {
	fail := func(format string, args ...any) {
		d.failures = append(d.failures, what+": "+fmt.Sprintf(format, args...))
	}
	defer func() {
		if p := recover(); p != nil {
			fail("panic: %v", p)
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	fn()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	memory := after.TotalAlloc - before.TotalAlloc
	d.slowest, d.memory = max(d.slowest, took), max(d.memory, memory)
	if took > damageTime {
		fail("took %v", took)
	}
	if memory > damageMemory {
		fail("allocated %d MiB", memory>>20)
	}
}

// damagedRuns are a complete run and one that was killed, with the files that get
// damaged.
func damagedRuns(t testing.TB) map[string][]string {
	complete, killed := runWithDataset(t), runWithDataset(t)
	m, err := rundir.ReadManifest(killed)
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(killed, rundir.ManifestName)))
	j, err := rundir.BeginJournal(disk.OS{}, killed, m, nil)
	require.NoError(t, err)
	for _, g := range rundir.GroupsOf(m) {
		require.NoError(t, j.Add(g))
	}
	j.Close()
	return map[string][]string{
		complete: {samples0, activations0, "activations-00001.arrow", rundir.ManifestName, rundir.DatasetName},
		killed:   {samples0, rundir.JournalName},
	}
}

// runWithDataset is a complete run of two groups that keeps its prompts.
func runWithDataset(t testing.TB) string {
	dir := wholeRun(t, []int{5, 4, 7}, []int{1, 9})
	prompts := []byte(`{"id":"p0","prompt":"p"}` + "\n" + `{"id":"p1","prompt":"p"}` + "\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, rundir.DatasetName), prompts, 0o666))
	editManifest(t, dir, func(m *rundir.Manifest) {
		m.Dataset = rundir.Dataset{SHA256: rundir.SumOf(prompts), Rows: 2}
		m.Plan, m.Shard = &rundir.Plan{Samples: 5, GroupSamples: 3}, &rundir.Shard{Index: 1, Of: 1}
	})
	return dir
}

// Whatever is damaged in a run: reading it in every way ends with an error or a
// result, with little memory; and where verify finds nothing, all that is
// read is as it was.
func TestDamageDoesNoHarm(t *testing.T) {
	n := *mutationsFlag
	if testing.Short() {
		n = min(n, 20)
	}
	d := &damageTally{}
	for dir, files := range damagedRuns(t) {
		want := map[string]string{}
		for turn := range export.Formats {
			maps.Copy(want, allOf(t, dir, turn))
		}
		for f, name := range files {
			path, manifest := filepath.Join(dir, name), filepath.Join(dir, rundir.ManifestName)
			whole, err := os.ReadFile(path)
			require.NoError(t, err)
			promise, err := os.ReadFile(manifest)
			require.True(t, err == nil || os.IsNotExist(err))
			for i := range n {
				text := mutate(rand.New(rand.NewPCG(*seedFlag, uint64(f)<<32|uint64(i))), name, whole)
				if bytes.Equal(text, whole) {
					continue
				}
				what := fmt.Sprintf("%s of %s, mutation %d of seed %d", name, filepath.Base(filepath.Dir(filepath.Dir(dir))), i, *seedFlag)
				d.tried++
				require.NoError(t, os.WriteFile(path, text, 0o666))
				d.measured(what, func() { d.judge(t, dir, name, i, want, what) })
				d.measured(what+", recovered", func() { d.recovered(t, dir, want, what) })
				if promise != nil && strings.HasSuffix(name, ".arrow") { // what the checksum would hide
					seal(t, dir, name)
					d.measured(what+", sealed", func() { d.unharmed(t, dir, what); allOf(t, dir, i) })
					require.NoError(t, os.WriteFile(manifest, promise, 0o666))
				}
			}
			require.NoError(t, os.WriteFile(path, whole, 0o666))
		}
		require.Equal(t, want["samples"], allOf(t, dir, 0)["samples"])
	}
	t.Logf("torture: damaged runs: %v", d)
	require.Positive(t, d.found)
	for _, f := range d.failures[:min(len(d.failures), 20)] {
		t.Error(f)
	}
}

// judge says what became of a damage.
func (d *damageTally) judge(t *testing.T, dir, name string, i int, want map[string]string, what string) {
	damaged := d.unharmed(t, dir, what)
	got := allOf(t, dir, i)
	if damaged {
		d.found++
		return
	}
	d.harmless++
	if name == rundir.JournalName { // its last lines may be missing, and then their groups are not promised
		j, _ := rundir.ReadJournal(dir)
		for _, g := range j.Groups {
			if text := fmt.Sprintf("%+v", g); want[fmt.Sprint("group ", g.Number)] != text {
				d.failures = append(d.failures, what+": the journal says "+text)
			}
		}
		return
	}
	for key, text := range got {
		if want[key] != text {
			d.failures = append(d.failures, fmt.Sprintf("%s: verify finds nothing, and %s is another", what, key))
		}
	}
}

// unharmed says whether verify finds a problem; none may be a panic that was caught.
func (d *damageTally) unharmed(t *testing.T, dir, what string) (found bool) {
	for _, quick := range []bool{true, false} {
		v, err := verify.Run(context.Background(), dir, quick)
		if err != nil {
			return true
		}
		for _, p := range v.Problems {
			if strings.HasPrefix(p.What, "damaged: ") {
				d.failures = append(d.failures, what+": "+p.String())
			}
		}
		found = !v.OK
	}
	return found
}

// recovered says whether what is saved of a damaged run is whole, and as it was.
func (d *damageTally) recovered(t *testing.T, dir string, want map[string]string, what string) {
	out := dir + "-recovered"
	defer os.RemoveAll(out)
	if _, err := Recover(context.Background(), dir, RecoverOptions{Out: out, FS: disk.Unsynced{}}); err != nil {
		return
	}
	v, err := verify.Run(context.Background(), out, false)
	require.NoError(t, err)
	for _, p := range v.Problems {
		d.failures = append(d.failures, what+": recovered: "+p.String())
	}
	run, err := rundir.Open(out)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	for _, s := range samples {
		a, err := run.Read(s, names()...)
		if key := fmt.Sprint("activations ", s.SampleID); want[key] != fmt.Sprintf("%+v %v", a, err) {
			d.failures = append(d.failures, fmt.Sprintf("%s: recovered: sample %d is another", what, s.SampleID))
		}
	}
}

// allOf reads a run in every way, an error included; of the formats of exports one
// in turn.
func allOf(t *testing.T, dir string, turn int) map[string]string {
	out := map[string]string{}
	keep := func(key string, value any, err error) {
		out[key] = fmt.Sprintf("%+v %v", value, err)
	}
	r, err := rundir.OpenRecorded(dir)
	if err == nil {
		for _, g := range r.Groups {
			out[fmt.Sprint("group ", g.Number)] = fmt.Sprintf("%+v", g)
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.arrow"))
	require.NoError(t, err)
	for _, path := range paths {
		d, err := rundir.Describe(path, 3)
		keep("inspect "+filepath.Base(path), d, err)
		if table, cut, err := rundir.OpenCut(path); err == nil {
			rows, err := rundir.ReadRowsOf(table, 0, table.Rows())
			keep("cut rows "+filepath.Base(path), rows, err)
			samples, err := rundir.ReadSamplesOf(table)
			keep("cut samples "+filepath.Base(path), texts(samples), err)
			keep("cut "+filepath.Base(path), cut.At, cut.Why)
			table.Close()
		}
	}
	run, err := rundir.Open(dir)
	if err != nil {
		keep("open", nil, err)
		return out
	}
	samples, err := run.Samples()
	keep("samples", texts(samples), err)
	for i, s := range samples[:min(len(samples), 10)] {
		a, err := run.Read(s, names()...)
		keep(fmt.Sprint("activations ", i), a, err)
	}
	format := export.Formats[turn%len(export.Formats)]
	e, err := export.Write(context.Background(), run, export.Config{Format: format, Out: filepath.Join(dir+"-export", format), Overwrite: true, FS: faulty(math.MaxInt64)})
	keep("export "+format, e, err)
	return out
}

// texts writes samples without the addresses of their pointers.
func texts(samples []rundir.Sample) string {
	return string(rundir.PlainJSON(samples))
}
