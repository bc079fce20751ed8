package storage

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

func verifyRun(t testing.TB, dir string, quick bool) *verify.Report {
	t.Helper()
	v, err := verify.Run(context.Background(), dir, quick)
	require.NoError(t, err)
	assert.Equal(t, len(v.Problems) == 0, v.OK)
	return v
}

func TestVerifyFindsNothingInWholeRuns(t *testing.T) {
	for _, groups := range [][][]int{{{5, 4, 7}, {1, 9}}, {{4, 4}}, {{12}}, {{0, 3}, {0}}, {}} {
		dir := wholeRun(t, groups...)
		for _, quick := range []bool{false, true} {
			v := verifyRun(t, dir, quick)
			assert.Empty(t, v.Problems, "%v", groups)
			assert.Equal(t, rundir.Complete, v.Status)
			assert.Equal(t, 2*len(groups), v.Files)
		}
	}
	for _, status := range []string{rundir.Interrupted, rundir.Failed} {
		dir := wholeRun(t, []int{5, 3})
		editManifest(t, dir, func(m *rundir.Manifest) {
			m.Status = status
			if status == rundir.Failed {
				m.Error = "no space left on device"
			}
		})
		require.NoError(t, os.WriteFile(filepath.Join(dir, "activations-00001.arrow.part"), []byte("x"), 0o666))
		assert.Empty(t, verifyRun(t, dir, false).Problems, status)
	}
}

// inManifest is a damage of the manifest alone.
func inManifest(edit func(m *rundir.Manifest)) func(testing.TB, string) {
	return func(t testing.TB, dir string) { editManifest(t, dir, edit) }
}

func write(name, text string) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
}

// damages are one for each promise. The run has samples of 5, 4 and 7 rows, and
// in a second group of 1 and 9; the second record batch of the first file holds
// the last row of sample 0 and three rows of sample 1.
var damages = []struct {
	name   string
	damage func(testing.TB, string)
	want   string
	quick  bool // found without reading activations
}{
	{"manifest cut", write(rundir.ManifestName, "{"), "manifest.json: unexpected end of JSON", true},
	{"status", inManifest(func(m *rundir.Manifest) { m.Status = "done" }), `status: is "done"`, true},
	{"failed without error", inManifest(func(m *rundir.Manifest) { m.Status = rundir.Failed }), "error: is", true},
	{"spec", inManifest(func(m *rundir.Manifest) { m.Spec = []byte(`7`) }), "spec: is no spec", true},
	{"dtype", inManifest(func(m *rundir.Manifest) { m.DType = "bf16" }), "dtype: is", true},
	{"micro-batch", inManifest(func(m *rundir.Manifest) { m.Engine.MicroBatch = 5 }), "record batch 0: has 4 rows, not 5", true},
	{"hook twice", inManifest(func(m *rundir.Manifest) { m.Hooks[1].Name = m.Hooks[0].Name }), "is there twice", true},
	{"hook shape", inManifest(func(m *rundir.Manifest) { m.Hooks[0].Shape = []int{0} }), "has the shape [0]", true},
	{"other shape", inManifest(func(m *rundir.Manifest) { m.Hooks[2].Shape = []int{4, 2} }), `column "blocks.0.attn.hook_z": has the metadata`, true},
	{"other hook", inManifest(func(m *rundir.Manifest) { m.Hooks[0].Name = "x" }), `column "x": is called "blocks.0.hook_resid_post"`, true},
	{"hook missing", inManifest(func(m *rundir.Manifest) { m.Hooks = m.Hooks[:3] }), "has 17 columns; promised are 16", true},
	{"overflows", inManifest(func(m *rundir.Manifest) { m.Hooks[1].Float16Overflows = -1 }), "-1 float16 overflows", true},
	{"name leads outside", inManifest(func(m *rundir.Manifest) { m.Files[0].Name = "../samples-00000.arrow" }), `files: "../samples-00000.arrow" is no name`, true},
	{"listed twice", inManifest(func(m *rundir.Manifest) { m.Files[2] = m.Files[0] }), "listed twice", true},
	{"group missing", inManifest(func(m *rundir.Manifest) { m.Files = m.Files[:3] }), "activations-00001.arrow is not listed", true},
	{"negative rows", inManifest(func(m *rundir.Manifest) { m.Files[0].Rows = -1 }), "has -1 rows", true},
	{"no sha256", inManifest(func(m *rundir.Manifest) { m.Files[0].SHA256 = "x" }), "is no sha256", true},
	{"sha256", inManifest(func(m *rundir.Manifest) { m.Files[1].SHA256 = strings.Repeat("0", 64) }), "activations-00000.arrow: has the sha256", false},
	{"bytes", inManifest(func(m *rundir.Manifest) { m.Files[1].Bytes++ }), "activations-00000.arrow: has", true},
	{"rows of a file", inManifest(func(m *rundir.Manifest) { m.Files[1].Rows++ }), "activations-00000.arrow: has 16 rows; the manifest says 17", true},
	{"samples of a file", inManifest(func(m *rundir.Manifest) { m.Files[0].Rows++ }), "samples-00000.arrow: has 3 rows; the manifest says 4", true},
	{"count of samples", inManifest(func(m *rundir.Manifest) { m.Samples++ }), "samples: is 6; the files hold 5", true},
	{"count of rows", inManifest(func(m *rundir.Manifest) { m.Rows++ }), "rows: is 27; the files hold 26", true},
	{"group not listed", write("samples-00007.arrow", "x"), "samples-00007.arrow: is not of this run", true},
	{"missing", func(t testing.TB, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, activations0))) }, "activations-00000.arrow: is missing", true},
	{"link", func(t testing.TB, dir string) {
		from, to := filepath.Join(dir, activations0), filepath.Join(t.TempDir(), "x")
		require.NoError(t, os.Rename(from, to))
		require.NoError(t, os.Symlink(to, from))
	}, "activations-00000.arrow: is not a plain file", true},

	{"column name", editFields(activations0, func(f []arrow.Field, _, _ []string) { f[1].Name = "place" }), `column "position": is called "place"`, true},
	{"nullable", editFields(samples0, func(f []arrow.Field, _, _ []string) { f[1].Nullable = true }), "nullable is true; promised is false", true},
	{"no tensor", editFields(activations0, func(f []arrow.Field, _, _ []string) { f[rowColumns].Metadata = arrow.Metadata{} }), `column "blocks.0.hook_resid_post": has the metadata []`, true},
	{"table", editFields(samples0, func(_ []arrow.Field, _, v []string) { v[1] = "x" }), `schema: has the metadata ["capture.format=3" "capture.table=x"]`, true},
	{"column order", func(t testing.TB, dir string) {
		rewrite(t, dir, activations0, shuffled(1, 2))
	}, `column "position": is called "token_id"`, true},
	{"column type", func(t testing.TB, dir string) {
		rewrite(t, dir, activations0, retyped(1, 0))
	}, `column "position": is int64; promised is int32`, true},
	{"short record batch", func(t testing.TB, dir string) { rewrite(t, dir, activations0, recut) }, "record batch 1: has 3 rows, not 4", true},
	{"dictionary", func(t testing.TB, dir string) { rewrite(t, dir, activations0, redictionary) }, `dictionaries: dictionary`, true},

	{"sample id", editSamples(func(s []rundir.Sample) { s[1].SampleID = 7 }), `sample 1, column "sample_id": is 7`, true},
	{"sample twice", editSamples(func(s []rundir.Sample) { s[1].Sample, s[1].Seed = 0, nil }), `sample 1, column "sample": sample 0 of prompt "p0" is there twice`, true},
	{"negative sample", editSamples(func(s []rundir.Sample) { s[1].Sample, s[1].Seed = -1, nil }), `column "sample": is -1`, true},
	{"parent", editSamples(func(s []rundir.Sample) { n := int64(1); s[1].ParentSampleID = &n }), `column "parent_sample_id": is 1`, true},
	{"finish reason", editSamples(func(s []rundir.Sample) { s[2].FinishReason = "tired" }), `sample 2, column "finish_reason": is "tired"`, true},
	{"text", editSamples(func(s []rundir.Sample) { s[2].Prompt = "\xff" }), `column "prompt": row 2 is not UTF-8`, true},
	{"meta", editSamples(func(s []rundir.Sample) { s[0].Meta = "[1]" }), `column "meta": is no JSON object`, true},
	{"meta cut", editSamples(func(s []rundir.Sample) { s[0].Meta = "{" }), `column "meta": is no JSON object`, true},
	{"seed", editSamples(func(s []rundir.Sample) { *s[0].Seed++ }), `column "seed": is`, true},
	{"sum of logprobs", editSamples(func(s []rundir.Sample) { x := 0.1; s[0].Logprob = &x }), `column "logprob": is 0.1`, true},
	{"negative tokens", editSamples(func(s []rundir.Sample) { s[0].PromptTokens, s[0].ResponseTokens = -1, 6 }), `are -1 and 6`, true},
	{"negative stop tokens", editSamples(func(s []rundir.Sample) { s[0].StopTokens = -1 }), `sample 0, column "stop_tokens": is -1`, true},
	{"stop tokens without a stop text", editSamples(func(s []rundir.Sample) { s[0].FinishReason, s[0].ResponseTokens, s[0].StopTokens = "length", 1, 1 }), `sample 0, column "stop_tokens": is 1; the response ended otherwise`, true},
	{"stop tokens without rows", editSamples(func(s []rundir.Sample) { s[2].StopTokens = 1 }), `sample 2, column "rows": is 7; with tokens: all it must be 8`, true},
	{"stop is missing", editSamples(func(s []rundir.Sample) { s[1].PromptTokens, s[1].ResponseTokens, s[1].StopTokens = 3, 0, 1 }), `row 8, column "stop": is false; the sample's last 1 tokens are stop tokens`, false},
	{"stop", editValues(rowStop, func(b []byte) { b[0] = 1 }), `row 4, column "stop": is true; the sample's last 0 tokens are stop tokens`, false},
	{"prompt tokens", editSamples(func(s []rundir.Sample) { s[0].PromptTokens++ }), `sample 0, column "rows": is 5; with tokens: all it must be 6`, true},
	{"file", editSamples(func(s []rundir.Sample) { s[0].File = "../" + activations0 }), `column "file": is "../activations-00000.arrow"`, true},
	{"first row", editSamples(func(s []rundir.Sample) { s[1].FirstRow = 4 }), `sample 1, column "first_row": is 4; the sample before ends at 5`, true},
	{"rows", editSamples(func(s []rundir.Sample) { s[2].Rows = 8 }), `samples have 17 rows; activations-00000.arrow has 16`, true},
	{"generated though given", editSamples(func(s []rundir.Sample) { s[0].FinishReason = "given" }), `row 3, column "generated": is true; the response was given`, false},
	{"phases", editSamples(func(s []rundir.Sample) { s[0].PromptTokens, s[0].ResponseTokens = 2, 3 }), `row 2, column "phase": is prompt`, false},

	{"row's sample", editValues(rowSampleID, func(b []byte) { b[0] = 1 }), `row 4, column "sample_id": is 1; the row is of sample 0`, false},
	{"position", editValues(rowPosition, putInt(2, 0)), `row 6, column "position": is 0; it must be 1`, false},
	{"token id", editValues(rowTokenID, putInt(1, -2)), `row 5, column "token_id": is -2`, false},
	{"token", editValues(rowToken, func(b []byte) { b[0] = 0xff }), `column "token": row 4 is not UTF-8`, false},
	{"phase", editValues(rowPhase, func(b []byte) { b[0] = 3 }), `row 4, column "phase": has the code 3`, false},
	{"order of phases", editValues(rowPhase, func(b []byte) { b[0] = 2 }), `row 4, column "phase": is followup`, false},
	{"role", editValues(rowRole, func(b []byte) { b[3] = 0xff }), `row 7, column "role": has the code -1`, false},
	{"generated", editValues(rowGenerated, func(b []byte) { b[0] = 3 }), `row 5, column "generated": is true in a prompt`, false},
	{"logprob", editValues(rowLogprob, putFloat(0, 0.5)), `row 4, column "logprob": is 0.5`, false},
	{"logprob is no number", editValues(rowLogprob, putFloat(0, math.NaN())), `row 4, column "logprob": is NaN`, false},
	{"entropy", editValues(rowEntropy, putFloat(0, -1)), `row 4, column "entropy": is -1`, false},
	{"unasked", inManifest(func(m *rundir.Manifest) { m.Spec = []byte(`{"capture":{"logprobs":"none"}}`) }), `row 3, column "entropy": is there: true`, false},
	{"NaN", editValues(rowColumns, putFloat(8+7, math.NaN())), `row 5, column "blocks.0.hook_resid_post": element 7 is NaN, the first of 1`, false},
	{"infinite", editValues(rowColumns+2, putFloat(0, math.Inf(-1))), `row 4, column "blocks.0.attn.hook_z": element 0 is infinite`, false},
	{"float16 NaN", editValues(rowColumns+1, func(b []byte) { b[7] = 0x7e }), `row 5, column "blocks.0.hook_mlp_out": element 0 is NaN`, false},
	{"float16 infinite", editValues(rowColumns+1, func(b []byte) { b[6], b[7] = 0, 0x7c }), "has 0 float16 overflows; the files hold 1 infinite", false},
	{"negative int32", editValues(rowColumns+3, putInt(7, -1)), `row 7, column "unembed.top_ids": element 1 is negative`, false},
}

func TestVerifyFindsEveryDamage(t *testing.T) {
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			dir := wholeRun(t, []int{5, 4, 7}, []int{1, 9})
			d.damage(t, dir)
			v := verifyRun(t, dir, false)
			require.NotEmpty(t, v.Problems)
			assert.Contains(t, problemsOf(v), d.want)
			if quick := verifyRun(t, dir, true); d.quick {
				assert.Contains(t, problemsOf(quick), d.want)
			} else {
				assert.NotContains(t, problemsOf(quick), d.want)
			}
		})
	}
}

func problemsOf(v *verify.Report) string {
	var out []string
	for _, p := range v.Problems {
		out = append(out, p.String())
	}
	return strings.Join(out, "\n")
}
