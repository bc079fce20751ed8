package capture

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage"
)

// The keys that a hint lists are those that stand in the row.
func TestTheKeysOfARowWithoutAPromptAreItsOwn(t *testing.T) {
	for row, keys := range map[string]string{
		`{"text":"fine"}`:                          "text",
		`{"text":"x","id":"a","label":1}`:          "id, label, text",
		`{"prompt":null,"answer":null,"text":"x"}`: "answer (null), prompt (null), text",
		`{}`: "none",
	} {
		hint := badRows(t, "a.jsonl", row, "a.jsonl:1: neither prompt nor messages")
		assert.Regexp(t, "; keys here: "+keysPattern(keys)+"$", hint)
	}
	hint := badRows(t, "a.csv", "text,label\nx,\n", "no column")
	assert.Contains(t, hint, "nearest: text, label")
}

func keysPattern(keys string) string {
	out := ""
	for _, r := range keys {
		if r == '(' || r == ')' {
			out += `\`
		}
		out += string(r)
	}
	return out
}

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
		{Job{Row: &Row{}, Draws: draws}, "lower generate.max_tokens", "knowledge"},
		{Job{Row: &Row{}, Draws: &Generate{}}, "shorten the prompt", "max_tokens"},
		{Job{Row: &Row{}, Draws: draws, Response: ptr("x")}, "the given response", "max_tokens"},
		{Job{Row: &Row{Stage: &stage}, Draws: draws}, "lower knowledge.max_tokens", "generate.max_tokens"},
	} {
		says := fmt.Sprint(c.job.shorten()...)
		assert.Contains(t, says, c.says)
		assert.NotContains(t, says, c.omit)
	}
}

// A range that a hint names holds no value that is refused.
func TestRangesInHintsAreThoseThatAreTaken(t *testing.T) {
	for key, c := range map[string]struct {
		spoil  func(*Spec)
		limits string
	}{
		"engine.threads":    {func(s *Spec) { s.Engine.Threads = 513 }, "from 1 to 512, or auto"},
		"engine.batch":      {func(s *Spec) { s.Engine.Batch = 255 }, "from 1 to 254, or auto"},
		"capture.group":     {func(s *Spec) { s.Capture.Group = 1<<20 + 1 }, "from 1 to 1048576, or auto"},
		"engine.gpu_layers": {func(s *Spec) { s.Engine.GPULayers = 1<<16 + 1 }, "from 0 to 65536, auto or all"},
	} {
		spec := validSpec()
		c.spoil(&spec)
		assert.Contains(t, refused(t, spec.Validate(), key), c.limits)
	}
	for _, text := range []string{"0", "-1"} { // as the hint says
		var a Auto
		require.ErrorContains(t, a.UnmarshalText([]byte(text)), "neither a number above 0")
	}
}
