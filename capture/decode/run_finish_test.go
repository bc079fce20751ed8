package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSamplesTable(t *testing.T) {
	tr := newTrial()
	samples, _ := tr.run(t)
	require.Len(t, samples, 4)
	var reasons, responses []string
	var lengths []int32
	for i, s := range samples {
		reasons, responses, lengths = append(reasons, s.FinishReason), append(responses, s.Response), append(lengths, s.ResponseTokens)
		assert.EqualValues(t, len(tr.prepared.Jobs[i].Tokens()), s.PromptTokens)
		assert.Equal(t, tr.prepared.Jobs[i].Text(), s.Prompt)
		assert.EqualValues(t, s.PromptTokens+s.ResponseTokens, s.Rows)
		assert.Nil(t, s.Seed, "nothing is drawn at temperature 0")
	}
	assert.Equal(t, []string{"stop", "length", "given", "stop"}, reasons)
	assert.Equal(t, []string{" Yes.", " No maybe日", " maybe.", ""}, responses)
	assert.Equal(t, []int32{3, 6, 4, 1}, lengths, "the end of turn is a token of the response")
	assert.Equal(t, ptr("lie"), samples[1].Label)
}

// The log-probability of a sample is the sum over its response's tokens,
// whichever rows are kept.
func TestLogprobOfTheResponse(t *testing.T) {
	for _, tokens := range []string{"all", "prompt", "last"} {
		for _, logprobs := range []string{"all", "response", "none"} {
			tr := newTrial()
			tr.spec.Capture.Tokens, tr.spec.Capture.Logprobs = tokens, logprobs
			samples, _ := tr.run(t)
			for i, s := range samples {
				if logprobs == "none" {
					assert.Nil(t, s.Logprob)
					continue
				}
				require.NotNil(t, s.Logprob)
				assert.InDelta(t, tr.wantLogprob(tr.expected(i).prompt, tr.expected(i).response), *s.Logprob, 1e-9, "%s, tokens %s", s.PromptID, tokens)
			}
		}
	}
}

func TestSeedsAreWrittenWhereSomethingIsDrawn(t *testing.T) {
	tr := newTrial()
	tr.spec.Generate.Temperature, tr.spec.Generate.Samples = 0.7, 2
	samples, _ := tr.run(t)
	for i, s := range samples {
		if s.FinishReason == "given" {
			assert.Nil(t, s.Seed)
			continue
		}
		require.NotNil(t, s.Seed)
		assert.EqualValues(t, tr.prepared.Jobs[i].Seed, *s.Seed)
	}
}

func TestStopTextsDoNotTouchAGivenResponse(t *testing.T) {
	tr := newTrial()
	tr.spec.Generate.Stop = []string{"may"}
	samples, all := tr.run(t)
	assert.Equal(t, " maybe.", samples[2].Response)
	tr.checkRows(t, samples, all)
}

func TestNoTokensToGenerateCapturesThePrompt(t *testing.T) {
	for _, tokens := range []string{"all", "prompt", "last"} {
		tr := newTrial()
		tr.spec.Generate.MaxTokens, tr.spec.Capture.Tokens, tr.spec.Engine.Batch = 0, tokens, 2
		t.Run(tokens, func(t *testing.T) {
			samples, all := tr.run(t)
			tr.checkRows(t, samples, all)
			assert.Equal(t, "length", samples[0].FinishReason)
			assert.Empty(t, samples[0].Response)
			assert.Zero(t, samples[0].ResponseTokens)
			assert.Nil(t, samples[0].Logprob)
			assert.Equal(t, "given", samples[2].FinishReason)
			assert.EqualValues(t, 4, samples[2].ResponseTokens)
		})
	}
}

func TestOneTokenToGenerate(t *testing.T) {
	tr := newTrial()
	tr.spec.Generate.MaxTokens = 1
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	assert.Equal(t, "length", samples[0].FinishReason)
	assert.Equal(t, "stop", samples[3].FinishReason, "its one token ends the turn")
}

func TestEmptyGivenResponseIsItsEndOfTurn(t *testing.T) {
	tr := newTrial()
	tr.prompts[2]["response"] = ""
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	assert.Equal(t, "given", samples[2].FinishReason)
	assert.EqualValues(t, 1, samples[2].ResponseTokens)
	assert.Empty(t, samples[2].Response)
}

func TestEmptyGivenResponseOfRawTextHasNoTokens(t *testing.T) {
	tr := newTrial()
	tr.spec.Chat.Template = "none"
	tr.prompts = []map[string]any{{"id": "c", "prompt": "Is it?", "response": ""}, {"id": "d", "prompt": "?"}}
	tr.spec.Capture.Tokens = "last"
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
	assert.Zero(t, samples[0].ResponseTokens)
	assert.Equal(t, "given", samples[0].FinishReason)
}

func TestProgressCountsUp(t *testing.T) {
	tr := newTrial()
	tr.spec.Engine.Batch = 2
	samples, _ := tr.run(t)
	require.Len(t, tr.progress, len(tr.decoder.calls))
	for i, p := range tr.progress {
		assert.Equal(t, len(samples), p.TotalSamples)
		if i > 0 {
			assert.Greater(t, p.Tokens, tr.progress[i-1].Tokens)
			assert.GreaterOrEqual(t, p.Samples, tr.progress[i-1].Samples)
		}
	}
	var tokens int32
	for _, s := range samples {
		tokens += s.PromptTokens + s.ResponseTokens
	}
	assert.EqualValues(t, tokens, tr.progress[len(tr.progress)-1].Tokens)
}
