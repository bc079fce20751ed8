package decode

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
)

// countTokens runs, checks every row and gives how many tokens were decoded.
func countTokens(t *testing.T, tr *trial) int {
	t.Helper()
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	return tr.decoder.tokens()
}

// responses counts the tokens of all responses.
func (tr *trial) responses() (n int) {
	for i := range tr.prepared.Jobs {
		tokens, _ := tr.response(&tr.prepared.Jobs[i])
		n += len(tokens)
	}
	return n
}

func TestAPromptIsDecodedOnceForAllItsSamples(t *testing.T) {
	for _, batch := range []spec.Auto{1, 2, 8} {
		for _, logprobs := range []string{"none", "response", "all"} {
			tr := newTrial()
			tr.prompts, tr.script = tr.prompts[1:2], nil
			tr.spec.Generate.Samples, tr.spec.Engine.Batch, tr.spec.Capture.Logprobs = 5, batch, logprobs
			got := countTokens(t, tr)
			prompt := len(tr.prepared.Jobs[0].Tokens())
			assert.Equal(t, prompt-1+5+tr.responses(), got, "each sample decodes the last token itself: its logits are its own")
		}
	}
}

func TestALongPromptIsSharedUpToAMicroBatch(t *testing.T) {
	tr := newTrial()
	tr.prompts, tr.script, tr.micro = tr.prompts[1:2], nil, 8
	tr.spec.Generate.Samples = 4
	got := countTokens(t, tr)
	prompt := len(tr.prepared.Jobs[0].Tokens())
	require.Greater(t, prompt, 9)
	assert.Equal(t, 8+4*(prompt-8)+tr.responses(), got)
}

// Samples of two prompts that are alike up to the limit: the last shared token
// scores another next one in each.
func TestWhatFollowsACutBeginningIsEachPromptsOwn(t *testing.T) {
	for _, micro := range []int{2, 3, 4, 16} {
		tr := newTrial()
		tr.prompts, tr.script, tr.micro = []map[string]any{{"id": "1", "prompt": "abcd1"}, {"id": "2", "prompt": "abX"}, {"id": "3", "prompt": "abXd1"}}, nil, micro
		tr.spec.Chat.Template, tr.spec.Capture.Logprobs, tr.spec.Generate.Samples = "none", "all", 2
		countTokens(t, tr)
	}
}

// The logits of a shared beginning may be captured without its entropies.
func TestSharedLogitsWithoutEntropies(t *testing.T) {
	for _, logprobs := range []string{"none", "response"} {
		tr := newTrial()
		tr.prompts, tr.script = tr.prompts[:2], nil
		tr.spec.Capture.Hooks, tr.spec.Capture.Logprobs, tr.spec.Generate.Samples = []string{"embed,logits"}, logprobs, 2
		countTokens(t, tr)
	}
}

// systemTrial has prompts with a system message in common.
func systemTrial(n int) *trial {
	tr := newTrial()
	tr.prompts, tr.script = nil, nil
	for i := range n {
		tr.prompts = append(tr.prompts, map[string]any{"id": fmt.Sprint("p", i), "messages": []any{
			map[string]any{"role": "system", "content": "Lie. Is it so? Yes. No. maybe."},
			map[string]any{"role": "user", "content": fmt.Sprint("Is it ", i, "?")},
		}})
	}
	return tr
}

func TestACommonSystemMessageIsDecodedOnce(t *testing.T) {
	for _, batch := range []spec.Auto{1, 3, 16} {
		for _, samples := range []int{1, 3} {
			tr := systemTrial(7)
			tr.spec.Engine.Batch, tr.spec.Generate.Samples = batch, samples
			got := countTokens(t, tr)
			jobs := tr.prepared.Jobs
			common, last := 0, jobs[len(jobs)-1].Tokens()
			for common < len(last)-1 && jobs[0].Tokens()[common] == last[common] {
				common++
			}
			require.GreaterOrEqual(t, common, 16)
			want := common + tr.responses()
			for i := range 7 {
				rest := len(jobs[i*samples].Tokens()) - common
				if samples > 1 {
					rest += samples - 1 // all but the last token of a prompt once
				}
				want += rest
			}
			assert.Equal(t, want, got, "batch %d, samples %d", batch, samples)
		}
	}
}

// With log-probabilities of the prompt the last shared token would score as many
// next ones as there are prompts; alone, nothing is shared at all.
func TestWhereNothingIsShared(t *testing.T) {
	whole := func(tr *trial) (n int) {
		for _, j := range tr.prepared.Jobs {
			n += len(j.Tokens())
		}
		return n + tr.responses()
	}
	tr := systemTrial(4)
	tr.spec.Capture.Logprobs = "all"
	assert.Equal(t, countTokens(t, tr), whole(tr))
	for _, hooks := range []string{"resid_post", "pattern"} {
		tr = systemTrial(4)
		tr.spec.Capture.Hooks = []string{hooks}
		tr.spec.Generate.Samples, tr.spec.Engine.BatchInvariant = 2, hooks == "resid_post"
		assert.Equal(t, countTokens(t, tr), whole(tr), hooks)
	}
}

// Runs without sampling fill micro-batches: the fewest that whole samples give.
func TestPromptsArePackedIntoMicroBatches(t *testing.T) {
	for _, micro := range []int{20, 64, 512} {
		for _, tokens := range []string{"all", "last"} {
			tr := newTrial()
			tr.prompts, tr.micro = nil, micro
			for i := range 50 {
				row := map[string]any{"id": fmt.Sprint(i), "prompt": "Is it?"[:1+i*5%6]}
				if i%3 == 0 {
					row["response"] = " maybe."
				}
				tr.prompts = append(tr.prompts, row)
			}
			tr.spec.Chat.Template, tr.spec.Capture.Tokens = "none", tokens
			tr.spec.Generate.MaxTokens, tr.spec.Capture.Hooks = 0, []string{"resid_post:0"}
			got := countTokens(t, tr)
			want, decodes, room := 0, 0, 0
			for _, j := range tr.prepared.Jobs {
				n := len(j.Tokens()) + len(j.ResponseTokens)
				if want += n; n > room {
					decodes, room = decodes+1, micro
				}
				room -= n
			}
			assert.Equal(t, want, got)
			assert.Len(t, tr.decoder.calls, decodes)
		}
	}
}

// Sampled sequences run side by side, engine.batch of them while there are as many.
func TestABatchIsKeptFull(t *testing.T) {
	tr := newTrial()
	tr.prompts, tr.script = tr.prompts[:1], nil
	tr.spec.Generate.Samples, tr.spec.Engine.Batch = 40, 4
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	left, full := tr.responses(), 0
	for _, c := range tr.decoder.calls {
		own := slices.DeleteFunc(slices.Clone(c.sequences), func(s int32) bool { return s < 2 })
		assert.LessOrEqual(t, len(own), 4)
		if len(own) == 4 {
			full++
		}
	}
	assert.Greater(t, full, left/4*7/10, "%d decodes of 4, %d tokens", full, left)
}

// Alternatives behind a token need the logits of the sample's own decode, so nothing
// is shared from there on.
func TestWhatIsSharedBeforeAlternatives(t *testing.T) {
	for _, span := range []string{"^Is", "^Is it", "^Is it so, or is", "END .$"} {
		tr := newTrial()
		tr.tok.BOSToken, tr.tok.AddBOS = -1, false
		tr.spec.Chat.Template, tr.script, tr.spec.Engine.Batch = "none", nil, 3
		tr.spec.Alternatives = []spec.Alternatives{{Name: "a", Options: []string{"Lie", "END it"}, At: "span:here"}}
		tr.prompts = nil
		for i := range 3 {
			prompt := fmt.Sprint("Is it so, or is it not so, or is it something else, END ", i)
			tr.prompts = append(tr.prompts, map[string]any{"id": fmt.Sprint(i), "prompt": prompt, "spans": []any{map[string]any{"name": "here", "regex": span}}})
		}
		samples, all := tr.run(t)
		tr.checkRows(t, samples, all)
	}
}
