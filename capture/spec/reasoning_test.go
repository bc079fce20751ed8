package spec

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"intentprobe/capture/internal/expect"
)

func TestWhichTagsEncloseReasoning(t *testing.T) {
	for template, want := range map[string]string{
		"{{ x }}": "", "a <think> b </think>": "</think>", "[THINK] [/THINK]": "[/THINK]",
		"split('</think>')": "</think>", "<|channel|>analysis<|message|>": "<|end|>",
	} {
		tags, err := ReasoningTags("auto", template)
		require.NoError(t, err)
		assert.Equal(t, want, tags.Close, template)
	}
	tags, err := ReasoningTags("<r> </r>", "")
	require.NoError(t, err)
	assert.Equal(t, "<r>", tags.Open)
	none, err := ReasoningTags("none", "<think></think>")
	require.NoError(t, err)
	assert.Empty(t, none)
	for _, bad := range []string{"<think>", "<a> <a>", "a b c"} {
		_, err := ReasoningTags(bad, "")
		expect.Refused(t, err, "chat.reasoning", bad)
	}
}
