package capture

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/storage"
)

// sameFloat compares two values of which NaN stands for null.
func sameFloat(t *testing.T, what string, want, got float32) {
	t.Helper()
	if math.IsNaN(float64(want)) || math.IsNaN(float64(got)) {
		assert.Equal(t, math.IsNaN(float64(want)), math.IsNaN(float64(got)), "%s: want %v, got %v", what, want, got)
		return
	}
	assert.Equal(t, want, got, what)
}

// checkRows compares every row of a run with what the design asks for.
func (tr *trial) checkRows(t *testing.T, samples []storage.Sample, all []*storage.Activations) {
	t.Helper()
	require.Len(t, samples, len(tr.prepared.Jobs))
	plan := hooks.Compile(tr.prepared.Arch, tr.prepared.Points, 4)
	for i := range samples {
		job := &tr.prepared.Jobs[i]
		require.Equal(t, job.Row.ID, samples[i].PromptID)
		want, prefixes := tr.wantRows(job)
		got := all[i]
		require.Len(t, got.Rows, len(want), "rows of %q", job.Row.ID)
		for n, row := range got.Rows {
			sameFloat(t, "logprob", want[n].Logprob, row.Logprob)
			sameFloat(t, "entropy", want[n].Entropy, row.Entropy)
			row.Logprob, row.Entropy, want[n].Logprob, want[n].Entropy = 0, 0, 0, 0
			require.Equal(t, want[n], row, "row %d of %q", n, job.Row.ID)
			for p := range tr.prepared.Points {
				require.Equal(t, activation(plan.Tensors[plan.Source[p]], prefixes[n], 4), got.Values[p][4*n:4*n+4],
					"%s of row %d of %q", tr.prepared.Points[p], n, job.Row.ID)
			}
		}
	}
}

func TestEveryRowOfEveryKindOfRun(t *testing.T) {
	for _, tokens := range []string{"all", "prompt", "response", "last"} {
		for _, logprobs := range []string{"all", "response", "none"} {
			for _, batch := range []int{1, 3} {
				for _, micro := range []int{3, 512} { // 3: every prompt takes several decodes
					tr := newTrial()
					tr.spec.Capture.Tokens, tr.spec.Capture.Logprobs = tokens, logprobs
					tr.spec.Engine.Batch, tr.micro = batch, micro
					t.Run(tr.String(), func(t *testing.T) {
						samples, all := tr.run(t)
						tr.checkRows(t, samples, all)
					})
				}
			}
		}
	}
}

// Without a late point the engine is asked for logits only where they are used.
func TestEveryRowWithoutPointsBehindTheOutputs(t *testing.T) {
	for _, logprobs := range []string{"all", "response", "none"} {
		tr := newTrial()
		tr.spec.Capture.Hooks, tr.spec.Capture.Logprobs, tr.spec.Engine.Batch = []string{"resid_post:0"}, logprobs, 3
		t.Run(logprobs, func(t *testing.T) {
			samples, all := tr.run(t)
			tr.checkRows(t, samples, all)
		})
	}
}

func TestSeveralSamplesOfAPromptAreRowsOfTheirOwn(t *testing.T) {
	tr := newTrial()
	tr.spec.Generate.Samples, tr.spec.Generate.Temperature, tr.spec.Engine.Batch = 3, 1, 4
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	var ids []string
	for _, s := range samples {
		ids = append(ids, s.PromptID+string(rune('0'+s.Sample)))
	}
	assert.Equal(t, []string{"a0", "a1", "a2", "b0", "b1", "b2", "c0", "d0", "d1", "d2"}, ids)
}

func TestBatchesGiveWhatSinglesGive(t *testing.T) {
	single, together := newTrial(), newTrial()
	single.spec.Capture.Logprobs, together.spec.Capture.Logprobs = "all", "all"
	together.spec.Engine.Batch = 3
	wantSamples, wantAll := single.run(t)
	samples, all := together.run(t)
	assert.Equal(t, wantSamples, samples)
	require.Len(t, all, len(wantAll))
	for i := range all {
		assert.Equal(t, wantAll[i].Values, all[i].Values)
		require.Len(t, all[i].Rows, len(wantAll[i].Rows))
		for n := range all[i].Rows {
			assert.Equal(t, wantAll[i].Rows[n].TokenID, all[i].Rows[n].TokenID)
			sameFloat(t, "logprob", wantAll[i].Rows[n].Logprob, all[i].Rows[n].Logprob)
			sameFloat(t, "entropy", wantAll[i].Rows[n].Entropy, all[i].Rows[n].Entropy)
		}
	}
	assert.Less(t, together.decoder.decodes, single.decoder.decodes, "it was a batch")
}

func TestResponseOfABatchWithAGivenOneAmongThem(t *testing.T) {
	tr := newTrial()
	tr.spec.Engine.Batch, tr.spec.Capture.Tokens = 4, "response"
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	last := all[0].Rows[len(all[0].Rows)-1]
	assert.Equal(t, "<|im_end|>", last.Token, "the end of turn has its row")
	assert.True(t, last.Generated)
	given := all[2].Rows[len(all[2].Rows)-1]
	assert.Equal(t, "<|im_end|>", given.Token)
	assert.False(t, given.Generated)
	assert.EqualValues(t, tr.prepared.Jobs[0].Tokens[0], tr.tok.bos)
}
