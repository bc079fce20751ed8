package capture

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
	"intentprobe/models"
)

// Llama 4 attends within chunks of 8192 tokens, whatever its file says, so that the
// specs that TestConformance draws never leave the first. Here one sample crosses into
// the second while it is drawn, and another with its prompt, after a beginning that
// they share.
func TestConformanceAcrossChunks(t *testing.T) {
	if *conformanceSpecs == 1 {
		t.Skip("texts of more than 8192 tokens take a minute: `make torture` reads them")
	}
	path := filepath.Join(filepath.Dir(tinyModels(t)[0]), "tiny-llama4.gguf")
	model, err := models.Load(t.Context(), path, models.LoadOptions{})
	require.NoError(t, err)
	t.Cleanup(model.Close)
	chunk := model.Facts().Window
	require.Equal(t, 8192, chunk)
	c := newConformance(t, path, model, chunk+soloTokens)

	stem := c.draw.words(chunk / 4)
	length := func() int {
		tokens, err := model.Tokenize(stem, true)
		require.NoError(t, err)
		return len(tokens)
	}
	for at := length(); at < chunk-20; at = length() {
		stem += " " + c.draw.words(max(1, (chunk-20-at)/4))
	}
	wanted := DefaultSpec()
	for i, more := range []int{1, 60} {
		row, err := json.Marshal(map[string]any{"id": fmt.Sprint(i), "prompt": fmt.Sprintf("%s x%d %s", stem, i, c.draw.words(more))})
		require.NoError(t, err)
		wanted.Prompts.Rows = append(wanted.Prompts.Rows, row)
	}
	wanted.Chat.Template = "none"
	wanted.Generate = spec.Generate{MaxTokens: 40, Samples: 1, Temperature: 1, TopP: 1, Seed: 1, Stop: []string{}}
	wanted.Followups = []spec.Followup{{Name: "f", Ask: " " + c.draw.words(4), MaxTokens: 4}}
	wanted.Capture.Tokens, wanted.Capture.Logprobs, wanted.Capture.Hooks = "prompt[-30:] | response", "response", []string{"resid_post:0,-1"}
	wanted.Engine.KVType, wanted.Engine.MemoryCheck, wanted.Engine.Ctx, wanted.Engine.Batch = "f32", false, chunk+soloTokens, 2

	s := c.session(wanted)
	require.True(t, c.run(s, process{dir: s.Spec.Out, model: model, micro: soloTokens}))
	samples := c.check(s.Prepared, s.Spec.Out)
	require.Less(t, int(samples[0].PromptTokens), chunk)
	require.Greater(t, c.longest, chunk+30)
	require.Positive(t, c.tried["shared beginnings"])
	t.Logf("%v, rows within %.1e, log-probabilities within %.1e", c.tried, c.worstRow, c.worstNats)
}
