package storage

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// experimentSpec selects rows by an expression, and reduces them.
const experimentSpec = `{"generate":{"seed":7},"capture":{"tokens":"response | last_content","logprobs":"response","reduce":["mean","max"],"rows":%v}}`

// experimentSamples are those of two groups: a neutral question, an answer and what
// was asked after it; an answer of which no token is wanted, and likewise.
func experimentSamples() [][]rundir.Sample {
	text := func(s string) *string { return &s }
	id := func(n int64) *int64 { return &n }
	answer := func(n int) rundir.Sample {
		s := sample(fmt.Sprint("q", n, "/lying"))
		s.PromptTokens, s.ResponseTokens = 3, 2
		return s
	}
	asked := func(n int, parent int64) rundir.Sample {
		s := sample(fmt.Sprint("q", n, "/lying/why"))
		s.ParentSampleID, s.Followup, s.FirstPosition = id(parent), text("why"), 5
		s.PromptTokens, s.ResponseTokens = 4, 1
		return s
	}
	neutral := answer(1)
	neutral.PromptID, neutral.Stage = "q1/knowledge", text("knowledge")
	out := [][]rundir.Sample{{neutral, answer(1), asked(1, 1)}, {answer(2), asked(2, 3)}}
	for _, group := range out {
		for i := range group {
			seed := rundir.SampleSeed(7, []byte(group[i].PromptID), 0)
			group[i].Seed = &seed
		}
	}
	return out
}

// experimentPositions are those of the rows that each sample keeps.
var experimentPositions = [][][]int{{{0, 4}, {2, 3, 4}, {6, 9}}, {{}, {5, 7, 9}}}

var experimentReduce = []string{"mean", "max"}

// experimentRun writes the samples, with their rows or their reductions alone.
func experimentRun(t testing.TB, rows bool) string {
	m := wholeManifest("", "")
	m.Spec = json.RawMessage(fmt.Sprintf(experimentSpec, rows))
	w := create(t, Config{Manifest: m, Reduce: experimentReduce, NoRows: !rows})
	for g, samples := range experimentSamples() {
		for i, of := range samples {
			s := w.BeginHeld()
			for _, at := range experimentPositions[g][i] {
				p, err := s.Reserve()
				require.NoError(t, err)
				fill(w, p, s.ID(), at)
				require.NoError(t, s.Add(experimentRow(of, at)))
			}
			require.NoError(t, s.End(of))
		}
		require.NoError(t, w.Commit())
	}
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func experimentRow(of rundir.Sample, at int) rundir.Row {
	r := wholeRow(at)
	if of.Followup != nil {
		r.Phase, r.Entropy, r.Logprob = rundir.PhaseFollowup, float32(math.NaN()), float32(math.NaN())
		r.Generated, r.Reasoning = at >= 9, false
	}
	return r
}

func TestVerifyFindsNothingInExperiments(t *testing.T) {
	for _, rows := range []bool{true, false} {
		dir := experimentRun(t, rows)
		for _, quick := range []bool{false, true} {
			require.Empty(t, verifyRun(t, dir, quick).Problems)
		}
		m, err := rundir.ReadManifest(dir)
		require.NoError(t, err)
		assert.EqualValues(t, map[bool]int{true: 10, false: 0}[rows], m.Rows)
	}
}

// editExperiment changes samples of the first file and their reductions.
func editExperiment(edit func(s []rundir.Sample, r []rowmem.Reduction)) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		path := filepath.Join(dir, samples0)
		reduced := readReductions(t, path)
		rewrite(t, dir, samples0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			s, err := rundir.ReadSamples(path)
			require.NoError(t, err)
			edit(s, reduced)
			for i := range s {
				s[i].ReducedTokens = &reduced[i].Rows
			}
			return records[0].Schema(), []arrow.Record{sampleRecord(records[0].Schema(), s, reduced)}
		})
	}
}

func inSamples(edit func(s []rundir.Sample)) func(testing.TB, string) {
	return editExperiment(func(s []rundir.Sample, _ []rowmem.Reduction) { edit(s) })
}

// changedRow writes the second record batch of the first activations file, the last
// row of the answer and the follow-up's, with other values in a column.
func changedRow(column int, edit func([]byte)) func(testing.TB, string) {
	return editValues(column, edit)
}

func another[T any](x T) *T { return &x }

// experimentDamages are one for each promise. The second record batch of the first
// file holds the last row of sample 1, and the two of sample 2.
var experimentDamages = []struct {
	name   string
	damage func(testing.TB, string)
	want   string
}{
	{"stage", inSamples(func(s []rundir.Sample) { s[0].Stage = another("practice") }), `sample 0, column "stage": is "practice"`},
	{"no stage", inSamples(func(s []rundir.Sample) { s[0].Rows = 6 }), `sample 0, column "rows": is 6; the sample has 5 tokens`},
	{"followup without parent", inSamples(func(s []rundir.Sample) { s[2].ParentSampleID = nil }), `sample 2, column "followup": is there: true; parent_sample_id is there: false`},
	{"parent without followup", inSamples(func(s []rundir.Sample) { s[2].Followup = nil }), `sample 2, column "followup": is there: false; parent_sample_id is there: true`},
	{"nameless followup", inSamples(func(s []rundir.Sample) { s[2].Followup = another("") }), `sample 2, column "followup": is empty`},
	{"parent behind", inSamples(func(s []rundir.Sample) { s[2].ParentSampleID = another(int64(2)) }), `sample 2, column "parent_sample_id": is 2, which comes not before`},
	{"another parent", inSamples(func(s []rundir.Sample) { s[2].ParentSampleID = another(int64(0)) }), `column "prompt_id": is "q1/lying/why"; it must be that of sample 0, and /why`},
	{"another name", inSamples(func(s []rundir.Sample) { s[2].Followup = another("lied") }), `column "prompt_id": is "q1/lying/why"; it must be that of sample 1, and /lied`},
	{"first position", inSamples(func(s []rundir.Sample) { s[2].FirstPosition = 4 }), `sample 2, column "first_position": is 4; the response of sample 1 ends at 5`},
	{"first position of an answer", inSamples(func(s []rundir.Sample) { s[1].FirstPosition = 1 }), `sample 1, column "first_position": is 1; it must be 0`},
	{"alternatives", inSamples(func(s []rundir.Sample) { s[1].Alternatives = s[1].Alternatives[:1] }), `sample 1, column "alternative_logprobs": has 2 values for 1 alternatives`},
	{"alternative's logprob", inSamples(func(s []rundir.Sample) { s[2].AlternativeLogprobs[1] = 0.5 }), `sample 2, column "alternative_logprobs": has 0.5`},
	{"alternative's logprob is no number", inSamples(func(s []rundir.Sample) { s[2].AlternativeLogprobs[0] = math.NaN() }), `sample 2, column "alternative_logprobs": has NaN`},
	{"alternatives are no text", inSamples(func(s []rundir.Sample) { s[2].Alternatives[0] = "\xff" }), `column "alternatives": row 4 is not UTF-8`},
	{"position outside", inSamples(func(s []rundir.Sample) { s[1].ResponseTokens, s[2].FirstPosition = 1, 4 }), `row 4, column "position": is 4; the sample has those from 0 to 3`},

	{"position before a followup", changedRow(rowPosition, putInt(1, 4)), `row 5, column "position": is 4; the sample has those from 5 to 9`},
	{"position order", changedRow(rowPosition, putInt(2, 6)), `row 6, column "position": is 6, behind 6`},
	{"phase of a followup", changedRow(rowPhase, func(b []byte) { b[1] = 1 }), `row 5, column "phase": is response; position 6 of 4 and 1 tokens is followup`},
	{"followup's question generated", changedRow(rowGenerated, func(b []byte) { b[0] |= 2 }), `row 5, column "generated": is true; position 6 was asked`},
	{"turn", changedRow(rowTurn, putInt(0, -2)), `row 4, column "turn": is -2`},
	{"reasoning of a user", func(t testing.TB, dir string) {
		editValues(rowReasoning, func(b []byte) { b[0] = 1 })(t, dir)
		editValues(rowRole, func(b []byte) { b[0] = 1 })(t, dir)
	}, `row 4, column "reasoning": is true; the role is user`},

	{"reduced tokens", editExperiment(func(_ []rundir.Sample, r []rowmem.Reduction) { r[1].Rows = 2 }), `sample 1, column "reduced_tokens": is 2; the sample has 3 rows`},
	{"too many reduced", editExperiment(func(_ []rundir.Sample, r []rowmem.Reduction) { r[1].Rows = 6 }), `sample 1, column "reduced_tokens": is 6; the sample has 5 tokens`},
	{"reduction is no number", editExperiment(func(_ []rundir.Sample, r []rowmem.Reduction) { r[2].Values[0][3] = float32(math.NaN()) }), `sample 2, column "blocks.0.hook_resid_post.mean": element 3 is NaN`},
	{"infinite reduction", editExperiment(func(_ []rundir.Sample, r []rowmem.Reduction) { r[1].Values[3][1] = float32(math.Inf(1)) }), `sample 1, column "blocks.0.hook_mlp_out.max": element 1 is infinite`},
	{"other reductions", inManifest(func(m *rundir.Manifest) { m.Spec = json.RawMessage(`{"capture":{"reduce":["max","mean"]}}`) }), `those of the spec are [reduced_tokens blocks.0.hook_resid_post.max`},
	{"no reductions", inManifest(func(m *rundir.Manifest) { m.Spec = json.RawMessage(`{"capture":{"tokens":"all"}}`) }), `those of the spec are []`},
	{"more reductions", inManifest(func(m *rundir.Manifest) { m.Spec = json.RawMessage(`{"capture":{"reduce":["mean","max","last"]}}`) }), `those of the spec are [reduced_tokens blocks.0.hook_resid_post.mean blocks.0.hook_resid_post.max blocks.0.hook_resid_post.last`},
	{"rows: false", inManifest(func(m *rundir.Manifest) { m.Spec = json.RawMessage(fmt.Sprintf(experimentSpec, false)) }), `sample 0, column "rows": is 2; with rows: false it must be 0`},
	{"reduction null", editFields(samples0, func(f []arrow.Field, _, _ []string) { f[len(rundir.RequiredSampleFields)+1].Nullable = false }), `nullable is false; promised is true`},
}

func TestVerifyFindsEveryDamageOfExperiments(t *testing.T) {
	for _, d := range experimentDamages {
		t.Run(d.name, func(t *testing.T) {
			dir := experimentRun(t, true)
			d.damage(t, dir)
			assert.Contains(t, problemsOf(verifyRun(t, dir, false)), d.want)
		})
	}
}

// A sample has reductions if and only if it has rows.
func TestVerifyHoldsNullsAgainstCounts(t *testing.T) {
	dir := experimentRun(t, false)
	editExperiment(func(_ []rundir.Sample, r []rowmem.Reduction) { r[1] = rowmem.Reduction{} })(t, dir)
	require.Empty(t, problemsOf(verifyRun(t, dir, false)))

	rewrite(t, dir, samples0, remade(func(f []arrow.Field, c []arrow.Array) {
		counts := array.NewInt32Builder(memory.DefaultAllocator)
		counts.AppendValues([]int32{2, 1, 2}, nil)
		c[len(rundir.RequiredSampleFields)] = counts.NewArray()
	}))
	require.Contains(t, problemsOf(verifyRun(t, dir, true)), `sample 1, column "blocks.0.hook_resid_post.mean": is null: true; reduced_tokens is 1`)
}

// Where float16 overflowed a reduction is infinite, or no number.
func TestVerifyAllowsReductionsOfOverflows(t *testing.T) {
	dir := experimentRun(t, true)
	editExperiment(func(_ []rundir.Sample, r []rowmem.Reduction) { r[1].Values[2][0] = float32(math.Inf(1)) })(t, dir)
	require.NotEmpty(t, verifyRun(t, dir, false).Problems)
	editManifest(t, dir, func(m *rundir.Manifest) { m.Hooks[1].Float16Overflows = 1 })
	require.Empty(t, verifyRun(t, dir, false).Problems)
}

// With all scores asked for, a follow-up's first token alone may have none.
func TestVerifyWantsTheScoresOfFollowups(t *testing.T) {
	for _, c := range []struct {
		position int
		want     string
	}{{5, ""}, {7, `row 2, column "logprob": is there: false; with logprobs: all it must be true`}} {
		m := wholeManifest("!template", "all")
		w := create(t, Config{Manifest: m})
		answer, asked := experimentSamples()[0][1], experimentSamples()[0][2]
		for i, of := range []rundir.Sample{answer, asked} {
			s := w.Begin(2)
			if i == 1 {
				of.ParentSampleID = another(int64(0))
			}
			for _, at := range [][]int{{0, 2}, {c.position, 9}}[i] {
				_, err := s.Reserve()
				require.NoError(t, err)
				r := experimentRow(of, at)
				r.Entropy = 1
				if r.Logprob = -1; at == 0 || at == c.position {
					r.Logprob = float32(math.NaN())
				}
				require.NoError(t, s.Add(r))
			}
			require.NoError(t, s.End(of))
		}
		require.NoError(t, w.Commit())
		finish(t, w, rundir.Complete)
		assert.Equal(t, c.want == "", verifyRun(t, w.cfg.Dir, false).OK)
		assert.Contains(t, problemsOf(verifyRun(t, w.cfg.Dir, false)), c.want)
	}
}

// A follow-up may not go on from a sample of another group.
func TestVerifyKeepsFamiliesInTheirGroup(t *testing.T) {
	dir := experimentRun(t, true)
	path := filepath.Join(dir, "samples-00001.arrow")
	reduced := readReductions(t, path)
	rewrite(t, dir, "samples-00001.arrow", func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
		s, err := rundir.ReadSamples(path)
		require.NoError(t, err)
		s[1].ParentSampleID = another(int64(1))
		return records[0].Schema(), []arrow.Record{sampleRecord(records[0].Schema(), s, reduced)}
	})
	require.Contains(t, problemsOf(verifyRun(t, dir, true)), `sample 4, column "parent_sample_id": is 1, of another group`)
}

// What is saved of a run with reductions has them, whether its spec is known or not.
func TestRecoverKeepsReductions(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"no manifest": func(dir string) error { return os.Remove(filepath.Join(dir, rundir.ManifestName)) },
		"cut":         func(dir string) error { return cutBy(filepath.Join(dir, activations0), 2200) },
		"cut samples": func(dir string) error { return cutBy(filepath.Join(dir, samples0), 1000) },
	} {
		for _, rows := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", rows), func(t *testing.T) {
				dir, out := experimentRun(t, rows), filepath.Join(t.TempDir(), "out")
				want := readReductions(t, filepath.Join(dir, samples0))
				require.NoError(t, damage(dir))
				m, err := Recover(t.Context(), dir, RecoverOptions{Out: out})
				require.NoError(t, err)
				verified(t, out)
				require.GreaterOrEqual(t, m.Samples, int64(2))
				if disk.Exists(out, samples0) {
					got := readReductions(t, filepath.Join(out, samples0))
					require.NotEmpty(t, got)
					require.Equal(t, want[:len(got)], got)
				}
			})
		}
	}
}

// Of rows that were not written nobody can count the overflows again.
func TestRecoverKeepsOverflowsOfReducedRows(t *testing.T) {
	w := create(t, Config{Manifest: wholeManifest("", ""), Reduce: []string{"mean"}, NoRows: true})
	s := w.Begin(1)
	p, err := s.Reserve()
	require.NoError(t, err)
	copy(w.Halves(1, p), []uint16{0x7c00})
	require.NoError(t, s.Add(row(0)))
	require.NoError(t, s.End(wholeSample(0, 1)))
	require.NoError(t, w.Commit())
	w.cfg.Manifest.Spec = json.RawMessage(`{"capture":{"reduce":["mean"],"rows":false}}`)
	finish(t, w, rundir.Complete)
	require.Empty(t, verifyRun(t, w.cfg.Dir, false).Problems)
	require.NoError(t, cutBy(filepath.Join(w.cfg.Dir, activations0), 9))
	out := filepath.Join(t.TempDir(), "out")
	m, err := Recover(t.Context(), w.cfg.Dir, RecoverOptions{Out: out})
	require.NoError(t, err)
	assert.EqualValues(t, 1, m.Hooks[1].Float16Overflows)
	verified(t, out)
}

func cutBy(path string, bytes int64) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, max(0, info.Size()-bytes))
}
