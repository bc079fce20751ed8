package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/internal/fake"
	"intentprobe/capture/plan"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

const fakeHalf = fake.Block // the node of blocks.0.hook_resid_post

// extents runs, checks every row and gives how far each decode went.
func extents(t *testing.T, change func(*trial)) (out []models.Extent) {
	t.Helper()
	tr := newTrial()
	tr.spec.Capture.Logprobs, tr.spec.Capture.Hooks = "none", []string{"resid_post:0"}
	change(tr)
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	for _, c := range tr.decoder.calls {
		out = append(out, c.extent)
	}
	return out
}

func TestAPassStopsAtTheLastPoint(t *testing.T) {
	forgotten := models.Extent{Stop: true, Node: fakeHalf, Forget: true}
	onlyPrompts := func(tr *trial) { tr.prompts, tr.spec.Generate.MaxTokens = tr.prompts[:1], 0 }
	assert.Equal(t, []models.Extent{forgotten}, extents(t, onlyPrompts))
	kept := models.Extent{Stop: true, Node: fakeHalf}
	assert.Equal(t, []models.Extent{kept, forgotten}, extents(t, func(tr *trial) { onlyPrompts(tr); tr.micro = 10 }), "12 tokens")
	assert.Equal(t, []models.Extent{forgotten}, extents(t, func(tr *trial) { tr.prompts = tr.prompts[2:3] }), "a given response")
	norm := models.Extent{Stop: true, Node: fake.Norm, Forget: true}
	assert.Equal(t, []models.Extent{norm}, extents(t, func(tr *trial) { onlyPrompts(tr); tr.spec.Capture.Hooks = []string{"embed,ln_final"} }))
	embed := models.Extent{Stop: true, Forget: true}
	assert.Equal(t, []models.Extent{embed}, extents(t, func(tr *trial) { onlyPrompts(tr); tr.spec.Capture.Hooks = []string{"embed"} }))
}

// Where logits follow, a pass writes all keys and values before it stops.
func TestAPassWritesTheCacheThatLogitsNeed(t *testing.T) {
	cached, whole := models.Extent{Stop: true, Node: fake.Writes[1]}, models.Extent{}
	last := models.Extent{Stop: true, Node: fakeHalf, Forget: true}
	sampled := func(tr *trial) { tr.prompts, tr.micro = tr.prompts[:1], 10 }
	want := []models.Extent{cached, whole, whole, whole, last} // three are drawn; nothing follows the third
	assert.Equal(t, want, extents(t, sampled))
	given := func(tr *trial) {
		tr.prompts, tr.micro, tr.spec.Capture.Logprobs = tr.prompts[2:3], 8, "response"
		tr.spec.Generate.MaxTokens = 0
	}
	assert.Equal(t, []models.Extent{cached, whole, whole}, extents(t, given), "a prompt of 16 tokens and a response of 4")
	deeper := models.Extent{Stop: true, Node: fake.Block + 7}
	assert.Equal(t, deeper, extents(t, func(tr *trial) { sampled(tr); tr.spec.Capture.Hooks = []string{"attn_out:1"} })[0])
	onlyLogits := extents(t, func(tr *trial) {
		sampled(tr)
		tr.spec.Capture.Hooks, tr.spec.Capture.Tokens = []string{"logits"}, "response"
	})
	assert.Equal(t, []models.Extent{cached, whole, whole, whole, whole}, onlyLogits, "the last row has logits too")
}

// What one sample inherits was computed as far as any other needs it.
func TestABeginningIsDeepEnoughForAll(t *testing.T) {
	mixed := func(tr *trial) {
		tr.prompts = []map[string]any{{"id": "given", "prompt": "Is it?", "response": " Yes"}, {"id": "drawn", "prompt": "Is it?"}}
		tr.script = nil
	}
	assert.Equal(t, fake.Writes[1], extents(t, mixed)[0].Node)
	scored := func(tr *trial) {
		mixed(tr)
		tr.prompts[0], tr.prompts[1] = map[string]any{"id": "quiet", "prompt": "Is it?"}, tr.prompts[0]
		tr.spec.Generate.MaxTokens, tr.spec.Capture.Logprobs = 0, "response"
	}
	assert.Equal(t, fake.Writes[1], extents(t, scored)[0].Node)
	quiet := func(tr *trial) { mixed(tr); tr.spec.Generate.MaxTokens = 0 }
	assert.Equal(t, fakeHalf, extents(t, quiet)[0].Node)
}

// flagged counts the tokens of a run that had their output flag.
func flagged(t *testing.T, tr *trial) (n int) {
	t.Helper()
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	for _, c := range tr.decoder.calls {
		n += c.outputs
	}
	return n
}

func TestLogitsAreComputedOnlyWhereTheyAreUsed(t *testing.T) {
	for _, batch := range []spec.Auto{1, 3} {
		for logprobs, count := range map[string]func(j *plan.Job, response int) int{
			"none": func(j *plan.Job, response int) int { // each drawn token from one
				if j.ResponseGiven() {
					return 0
				}
				return response
			},
			"response": func(_ *plan.Job, response int) int { return response + 1 }, // the last has an entropy
			"all":      func(j *plan.Job, response int) int { return len(j.Tokens()) + response },
		} {
			tr := newTrial()
			tr.spec.Capture.Hooks, tr.spec.Capture.Logprobs, tr.spec.Engine.Batch = []string{"resid_post:0"}, logprobs, batch
			got, want := flagged(t, tr), 0
			for i := range tr.prepared.Jobs {
				response, _ := tr.response(&tr.prepared.Jobs[i])
				want += count(&tr.prepared.Jobs[i], len(response))
			}
			assert.Equal(t, want, got, "logprobs %s, batch %d", logprobs, batch)
		}
	}
}

// Points behind the last selection flag the tokens whose rows are wanted, and no
// unembedding is computed for those that only have the flag for their sake.
func TestPointsBehindTheOutputsFlagTheirTokens(t *testing.T) {
	for tokens, want := range map[string]int{"all": 12 + 16, "prompt": 12 + 16, "last": 2} {
		tr := newTrial()
		tr.prompts = []map[string]any{{"id": "a", "prompt": "Is it?"}, {"id": "c", "prompt": "Is it 日?"}}
		tr.spec.Capture.Tokens, tr.spec.Capture.Logprobs, tr.spec.Generate.MaxTokens = tokens, "none", 0
		assert.Equal(t, want, flagged(t, tr), tokens)
		for _, c := range tr.decoder.calls {
			assert.True(t, c.extent.Stop, tokens)
		}
	}
}
