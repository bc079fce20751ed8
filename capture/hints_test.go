package capture

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/storage"
)

// A key under which there is nothing to compare with is told apart from one that is
// not there, and is not offered as its own nearest.
func TestKeysThatHoldNoAnswer(t *testing.T) {
	s := &storage.Sample{PromptID: "p", Meta: `{"answer":null,"answers":[],"object":{"a":1},"fact":"x"}`}
	for key, what := range map[string]string{"answer": "null", "answers": "a list", "object": "an object"} {
		hint := refused(t, noKey(key, s, ""), fmt.Sprintf("the key %q of its row is %s", key, what))
		assert.NotContains(t, hint, "nearest")
		_, err := askedKey(s, key)
		assert.ErrorContains(t, err, "{"+key+"} is "+what)
		assert.NotContains(t, askHint(err), "nearest")
	}
	hint := refused(t, noKey("answerss", s, ""), "no key")
	assert.Contains(t, hint, "fact")
	assert.NotRegexp(t, "answer|object", hint)
}

// What makes a sample shorter depends on what it is made of.
func TestHowASampleIsMadeShorter(t *testing.T) {
	draws, stage := &Generate{MaxTokens: 8}, stageKnowledge
	for _, c := range []struct {
		job        Job
		says, omit string
	}{
		{Job{Row: &Row{}, Draws: draws}, "lower --max-tokens", "knowledge"},
		{Job{Row: &Row{}, Draws: &Generate{}}, "shorten the prompt", "max-tokens"},
		{Job{Row: &Row{}, Draws: draws, Response: ptr("x")}, "the given response", "max-tokens"},
		{Job{Row: &Row{Stage: &stage}, Draws: draws}, "lower knowledge.max_tokens", "--max-tokens"},
	} {
		assert.Contains(t, c.job.shorten(), c.says)
		assert.NotContains(t, c.job.shorten(), c.omit)
	}
}
