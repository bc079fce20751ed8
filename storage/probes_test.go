package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/compare"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// probeVectors are the directions of two probes, of points that are captured as float32 and
// as float16.
var probeVectors = [][]float32{{1, -1, 0.5, 0, 0.25, 0, 0, 2}, {0.5, -3, 1}}

// probeScore is the score that a row of these tests has.
func probeScore(probe int, sample int64, position int) float32 {
	sum := float64(probe) - 0.5
	for i, x := range values(sample, position, probe) {
		sum += float64(x) * float64(probeVectors[probe][i])
	}
	return float32(sum)
}

// probeDirections is the file of directions that a run with these probes keeps: eight bytes
// of length, a JSON header, the numbers.
func probeDirections(t testing.TB) []byte {
	var data bytes.Buffer
	tensors := map[string]any{}
	for i, name := range []string{"f#a", "f#b"} {
		at := data.Len()
		require.NoError(t, binary.Write(&data, binary.LittleEndian, probeVectors[i]))
		tensors[name] = map[string]any{"dtype": "F32", "shape": []int{len(probeVectors[i])}, "data_offsets": []int{at, data.Len()}}
	}
	head, err := json.Marshal(tensors)
	require.NoError(t, err)
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head, data.Bytes())
}

// probeRun is a run of two groups of two samples of 5 and 2 tokens, whose responses begin
// with the fourth token.
func probeRun(t testing.TB, shard *rundir.Shard, change ...func(id, position int, r *rundir.Row)) string {
	m := wholeManifest("all", "response")
	m.Plan, m.Shard = &rundir.Plan{Samples: 4, GroupSamples: 2}, shard
	m.Hooks[1].Float16Overflows = 0
	m.Probes = []rundir.Probe{
		{Name: "a", File: "f", Direction: "f#a", Point: columns[0].Name, Bias: -0.5},
		{Name: "b", File: "f", Direction: "f#b", Point: columns[1].Name, Bias: 0.5},
	}
	w := create(t, Config{Manifest: m, Directions: probeDirections(t)})
	for g := range 2 {
		if !shard.Holds(g) {
			continue
		}
		require.NoError(t, w.StartGroup(g, int64(2*g)))
		for i, n := range []int{5, 2} {
			id := 2*g + i
			s := w.Begin(n)
			for at := range n {
				p, err := s.Reserve()
				require.NoError(t, err)
				fill(w, p, s.ID(), at)
				r := wholeRow(at)
				r.Probes = []float32{probeScore(0, s.ID(), at), probeScore(1, s.ID(), at)}
				for _, c := range change {
					c(id, at, &r)
				}
				require.NoError(t, s.Add(r))
			}
			of := wholeSample(id, n)
			for k := range 2 {
				nan := float32(math.NaN())
				pooled := []float32{nan, nan, nan}
				if n == 5 {
					x, y := probeScore(k, s.ID(), 3), probeScore(k, s.ID(), 4)
					pooled = []float32{(x + y) / 2, max(x, y), y}
				}
				of.Probes = append(of.Probes, pooled...)
			}
			require.NoError(t, s.End(of))
		}
		require.NoError(t, w.Commit())
	}
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func TestScoresAreReadBack(t *testing.T) {
	dir := probeRun(t, nil)
	verified(t, dir)
	run, err := rundir.Open(dir)
	require.NoError(t, err)
	assert.Equal(t, []rundir.OptionalColumn{{Name: "probe.a", Type: "float32"}, {Name: "probe.b", Type: "float32"}}, run.Manifest.Optional.Activations)
	require.Len(t, run.Manifest.Optional.Samples, 6)
	assert.Equal(t, rundir.OptionalColumn{Name: "probe.b.last", Type: "float32", Nullable: true}, run.Manifest.Optional.Samples[5])
	samples, err := run.Samples()
	require.NoError(t, err)
	for _, s := range samples {
		a, err := run.Read(s)
		require.NoError(t, err)
		for i, r := range a.Rows {
			assert.Equal(t, []float32{probeScore(0, s.SampleID, i), probeScore(1, s.SampleID, i)}, r.Probes)
		}
		assert.Equal(t, len(a.Rows) < 4, s.Probes[5] != s.Probes[5], "null without rows of the response")
		if len(a.Rows) == 5 {
			assert.Equal(t, probeScore(1, s.SampleID, 4), s.Probes[5])
		}
	}
}

// Verify computes scores again where their point is captured, and pooled scores from those
// of the rows.
func TestVerifyOfScores(t *testing.T) {
	off := probeRun(t, nil, func(id, at int, r *rundir.Row) {
		if id == 2 && at == 1 {
			r.Probes[0] += 0.01
		}
	})
	check := func(dir string) string {
		v, err := verify.Run(context.Background(), dir, false)
		require.NoError(t, err)
		return problemsOf(v)
	}
	assert.Regexp(t, `^activations-00001.arrow: row 1, column "probe.a": is [-0-9.]+; the row at blocks.0.hook_resid_post gives [-0-9.]+$`, check(off))
	half := probeRun(t, nil, func(id, at int, r *rundir.Row) {
		if id == 0 && at == 0 {
			r.Probes[1] += 10
		}
	})
	assert.Contains(t, check(half), `row 0, column "probe.b": is `)
	pooled := probeRun(t, nil, func(id, at int, r *rundir.Row) {
		if id == 0 && at == 4 {
			r.Probes[0] = r.Probes[0] * (1 + 1e-7) // within rounding of the row, and not of the table
		}
	})
	assert.Contains(t, check(pooled), `sample 0, column "probe.a.last": is `)
	bad := probeRun(t, nil, func(id, at int, r *rundir.Row) {
		if id == 1 && at == 0 {
			r.Probes[0] = float32(math.Inf(1))
		}
	})
	assert.Contains(t, check(bad), `row 5, column "probe.a": is +Inf; scores must be finite`)

	good := probeRun(t, nil)
	for what, c := range map[string]struct {
		edit func(m *rundir.Manifest)
		says string
	}{
		"a column": {func(m *rundir.Manifest) {
			m.Probes = append(m.Probes, rundir.Probe{Name: "c", Direction: "f#a", Point: "x"})
		}, "activations: probe.c is missing"},
		"a name twice": {func(m *rundir.Manifest) { m.Probes[1].Name = "a" }, `"a" is the name of another probe`},
		"directions":   {func(m *rundir.Manifest) { m.Directions = nil }, "the run keeps no directions"},
		"a direction":  {func(m *rundir.Manifest) { m.Probes[0].Direction = "f#c" }, `has no direction "f#c"`},
		"a width":      {func(m *rundir.Manifest) { m.Probes[0].Direction = "f#b" }, `"f#b" has 3 numbers; rows of blocks.0.hook_resid_post have 8`},
		"the bias":     {func(m *rundir.Manifest) { m.Probes[0].Bias = 7 }, `column "probe.a": is `},
	} {
		dir := copyRun(t, good)
		editManifest(t, dir, c.edit)
		assert.Contains(t, check(dir), c.says, what)
	}
	other := copyRun(t, good)
	rewrite(t, other, samples0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
		s, err := rundir.ReadSamples(filepath.Join(other, samples0))
		require.NoError(t, err)
		s[0].Probes[0], s[1].Probes[1] = s[0].Probes[0]+1, 3
		return records[0].Schema(), []arrow.Record{sampleRecord(records[0].Schema(), s, nil)}
	})
	assert.Contains(t, check(other), `sample 0, column "probe.a.mean": is `)
	assert.Contains(t, check(other), `sample 1, column "probe.a.max": is 3; its rows give NaN`)
}

// Shards make the run, wherever their direction files lay; others are no shards of it.
func TestMergeOfScores(t *testing.T) {
	whole := probeRun(t, nil)
	a, b := probeRun(t, &rundir.Shard{Index: 1, Of: 2}), probeRun(t, &rundir.Shard{Index: 2, Of: 2})
	editManifest(t, b, func(m *rundir.Manifest) { m.Probes[0].File = "elsewhere/f" })
	merged := filepath.Join(t.TempDir(), "merged")
	_, err := Merge(context.Background(), []string{b, a}, MergeOptions{Out: merged})
	require.NoError(t, err)
	verified(t, merged)
	for _, name := range []string{samples0, activations0, "samples-00001.arrow", "activations-00001.arrow", rundir.DirectionsName} {
		want, err := os.ReadFile(filepath.Join(whole, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(merged, name))
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
	editManifest(t, b, func(m *rundir.Manifest) { m.Probes[0].Bias = 1 })
	_, err = Merge(context.Background(), []string{a, b}, MergeOptions{Out: filepath.Join(t.TempDir(), "out"), Force: true})
	require.ErrorContains(t, err, "probes: ")
}

// What is saved of a run keeps its scores, with a manifest or without.
func TestRecoverOfScores(t *testing.T) {
	for _, lost := range []bool{false, true} {
		hurt := probeRun(t, nil)
		if lost {
			require.NoError(t, os.Remove(filepath.Join(hurt, rundir.ManifestName)))
		} else {
			require.NoError(t, os.Remove(filepath.Join(hurt, "activations-00001.arrow")))
		}
		out := filepath.Join(t.TempDir(), "out")
		_, err := Recover(context.Background(), hurt, RecoverOptions{Out: out})
		require.NoError(t, err)
		verified(t, out)
		samples, err := rundir.ReadSamples(filepath.Join(out, samples0))
		require.NoError(t, err)
		assert.Equal(t, probeScore(0, 0, 4), samples[0].Probes[2])
	}
}

// Scores are compared bit by bit, after the activations that they follow from.
func TestCompareOfScores(t *testing.T) {
	was := probeRun(t, nil)
	then, err := rundir.Open(was)
	require.NoError(t, err)
	for _, both := range []bool{false, true} {
		is := probeRun(t, nil, func(id, at int, r *rundir.Row) {
			if id == 0 && at == 3 {
				r.Probes[1] += 1e-4 * (1 + r.Probes[1])
			}
			if both && id == 0 && at == 3 {
				r.Token = "other"
			}
		})
		c, err := compare.Group(then, then.Groups[0], is, nil)
		require.NoError(t, err)
		require.NotNil(t, c.First)
		assert.Equal(t, map[bool]string{false: "probe.b", true: "token"}[both], c.First.Column)
		assert.EqualValues(t, 3, c.First.Position)
	}
}

// A writer that goes on takes the scores of rows that were taken back, and refuses a run
// whose probes it does not know.
func TestAbandonKeepsScores(t *testing.T) {
	m := wholeManifest("all", "response")
	m.Probes = []rundir.Probe{{Name: "a", Direction: "f#a", Point: columns[0].Name, Bias: -0.5}}
	w := create(t, Config{Manifest: m, Rows: 2, Directions: probeDirections(t)})
	require.NoError(t, w.StartGroup(0, 0))
	add := func(s *SampleWriter, n int) {
		for at := range n {
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), at)
			r := wholeRow(at)
			r.Probes = []float32{probeScore(0, s.ID(), at)}
			require.NoError(t, s.Add(r))
		}
	}
	first := w.Begin(3)
	add(first, 3)
	of := wholeSample(0, 3)
	require.NoError(t, first.End(of))
	add(w.Begin(9), 5) // never ends
	require.NoError(t, w.Abandon())
	finish(t, w, rundir.Interrupted)
	run, err := rundir.Open(w.cfg.Dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.Len(t, samples, 1)
	a, err := run.Read(samples[0])
	require.NoError(t, err)
	for i, r := range a.Rows {
		assert.Equal(t, []float32{probeScore(0, 0, i)}, r.Probes)
	}
	assert.True(t, samples[0].Probes[0] != samples[0].Probes[0], "nobody pooled it")
}

// Scores are exported as they are, pooled ones as NaN where they are null.
func TestExportOfScores(t *testing.T) {
	run, err := rundir.Open(probeRun(t, nil))
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "e.npz")
	_, err = export.Write(context.Background(), run, export.Config{Format: "npz", Out: out})
	require.NoError(t, err)
	arrays := readNPZ(t, out)
	floats := func(name string) (out []float32) {
		require.Contains(t, arrays[name].header, "<f4", name)
		for b := []byte(arrays[name].data); len(b) > 0; b = b[4:] {
			out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
		return out
	}
	scores, last := floats("probe.b"), floats("samples.probe.b.last")
	require.Len(t, scores, 14)
	assert.Equal(t, probeScore(1, 2, 1), scores[8])
	require.Len(t, last, 4)
	assert.Equal(t, probeScore(1, 2, 4), last[2])
	assert.True(t, last[3] != last[3])
}
