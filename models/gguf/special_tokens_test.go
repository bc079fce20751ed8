package gguf

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A special token's number that no token has is told, and the file is read.
func TestSpecialTokensThatAreNone(t *testing.T) {
	m := whole().set("tokenizer.ggml.bos_token_id", uint32(5)).set("tokenizer.ggml.eos_token_id", uint32(1<<30)).
		set("tokenizer.ggml.padding_token_id", uint32(math.MaxUint32)).set("tokenizer.ggml.fim_pre_token_id", uint32(6)).
		set("tokenizer.ggml.eos_token_ids", []int32{1, 5, -1, 7}).set("tokenizer.ggml.unknown_token_id", uint32(4)).
		set("tokenizer.ggml.suppress_tokens", []int32{9}).set("llama.other_token_id", uint32(99))
	f, err := read(m.bytes())
	require.NoError(t, err)
	assert.Equal(t, []NoToken{
		{"tokenizer.ggml.bos_token_id", 5}, {"tokenizer.ggml.eos_token_id", 1 << 30}, {"tokenizer.ggml.eos_token_ids", 5},
		{"tokenizer.ggml.eos_token_ids", 7}, {"tokenizer.ggml.fim_pre_token_id", 6}, {"tokenizer.ggml.suppress_tokens", 9},
	}, f.NoTokens())
	assert.Equal(t, []string{"tokenizer.ggml.padding_token_id"}, f.NullTokens())
	_, bos := f.Special("bos")
	assert.False(t, bos)
	good := whole()
	f, err = read(good.bytes())
	require.NoError(t, err)
	assert.Empty(t, f.NoTokens())
	assert.Empty(t, f.NullTokens())
}

func TestNamedTemplatesAndTags(t *testing.T) {
	m := whole().set("tokenizer.chat_template.tool_use", "T").set("tokenizer.chat_templates", []string{"tool_use"}).
		set("general.tags", []string{"chat", "en"})
	f, err := read(m.bytes())
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"tool_use": "T"}, f.Templates())
	assert.Equal(t, []string{"chat", "en"}, f.Texts("general.tags"))
	assert.Nil(t, f.Texts("tokenizer.ggml.scores"))
}
