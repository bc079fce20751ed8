package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
)

func TestEveryRowOfEveryKindOfRun(t *testing.T) {
	for _, tokens := range []string{"all", "prompt", "response", "last"} {
		for _, logprobs := range []string{"all", "response", "none"} {
			for _, batch := range []spec.Auto{1, 3} {
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
	tr.script = nil // each draws something else
	tr.spec.Generate.Samples, tr.spec.Generate.Temperature, tr.spec.Engine.Batch = 3, 1, 4
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	var ids []string
	for _, s := range samples {
		ids = append(ids, s.PromptID+string(rune('0'+s.Sample)))
	}
	assert.Equal(t, []string{"a0", "a1", "a2", "b0", "b1", "b2", "c0", "d0", "d1", "d2"}, ids)
}

// The files of a run do not depend on how many sequences are decoded at once.
func TestBatchesWriteWhatSinglesWrite(t *testing.T) {
	for _, tokens := range []string{"all", "response", "last"} {
		var want map[string]string
		decodes := 1 << 20
		for _, batch := range []spec.Auto{1, 2, 3, 8} {
			tr := newTrial()
			tr.script = nil
			tr.spec.Capture.Tokens, tr.spec.Generate.Samples, tr.spec.Engine.Batch, tr.micro = tokens, 3, batch, 16
			samples, all := tr.run(t)
			tr.checkRows(t, samples, all)
			if want == nil {
				want = tr.files(t)
			}
			require.Equal(t, want, tr.files(t), "batch %d", batch)
			require.Less(t, len(tr.decoder.calls), decodes, "batch %d", batch)
			decodes = len(tr.decoder.calls)
		}
	}
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
	assert.EqualValues(t, tr.prepared.Jobs[0].Tokens()[0], tr.tok.BOSToken)
}
