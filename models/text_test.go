package models

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFacts(t *testing.T) {
	f := load(t, "llama").Facts()
	assert.Equal(t, "llama", f.Architecture)
	assert.Equal(t, 3, f.Layers)
	assert.Equal(t, 64, f.Width)
	assert.NotEmpty(t, f.ChatTemplate)
	assert.Empty(t, load(t, "gpt2").Facts().ChatTemplate)

	h, err := ReadHeader(tiny(t, "qwen3"))
	require.NoError(t, err)
	assert.Equal(t, "qwen3", h.Architecture)
	assert.Equal(t, 64, h.Width)
	assert.True(t, h.Chat)
}

// What text goes in must come out, also where a token holds part of a character.
func TestTokensSpellTheText(t *testing.T) {
	for _, arch := range architectures {
		m := load(t, arch)
		for _, text := range []string{
			"hello world", " two  spaces ", "naïve 😀 日本語", "nul \x00 and \x01", "line\nbreak\ttab", "<|im_start|>user", "",
		} {
			tokens, err := m.Tokenize(text, false)
			require.NoError(t, err)
			var out []byte
			for _, tok := range tokens {
				out = append(out, m.Piece(tok, true)...)
			}
			if arch == "phi3" && text != "" { // SentencePiece with a space in front
				require.Equal(t, byte(' '), out[0])
				out = out[1:]
			}
			assert.Equal(t, text, string(out), arch)
		}
		parts, err := m.Tokenize("😀", false)
		require.NoError(t, err)
		assert.False(t, utf8.Valid(m.Piece(parts[len(parts)-1], true)), "a piece of bytes that are no UTF-8")
		_, err = m.Tokenize("\xff\xfe broken \xc3", false)
		require.NoError(t, err, "llama.cpp replaces bytes that are no UTF-8, or keeps them as byte tokens")
		assert.Nil(t, m.Piece(-1, true))
		assert.Nil(t, m.Piece(Token(m.Facts().Vocabulary), true))
	}
}

func TestSpecialTokensAreReadOnlyWhenAsked(t *testing.T) {
	m := load(t, "qwen2")
	one, err := m.Tokenize("<|im_end|>", true)
	require.NoError(t, err)
	require.Len(t, one, 1)
	assert.True(t, m.EndsGeneration(one[0]))
	assert.True(t, m.IsControl(one[0]))
	assert.Equal(t, "<|im_end|>", string(m.Piece(one[0], true)))
	assert.Empty(t, m.Detokenize(one))
	many, err := m.Tokenize("<|im_end|>", false)
	require.NoError(t, err)
	assert.Greater(t, len(many), 1)
}
