package prompt

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/models"
)

func TestAQuestionSkipsTheEndOfTheTurnAlone(t *testing.T) {
	tok := fake.NewTokenizer("two", " three")
	end := tok.ID("<|im_end|>")
	chat := &Prompt{Tokens: []models.Token{end, tok.ID("two")}}
	assert.Equal(t, 1, chat.Skipped(end, true))
	assert.Equal(t, 0, chat.Skipped(tok.ID("two"), false))
	text := &Prompt{Tokens: tok.IDs("two", " three")}
	assert.Equal(t, 0, text.Skipped(tok.ID("two"), false), "an answer that ends with the question's first word")
}

func TestAQuestionIsFoundAgainWhereTheTokenizerNormalises(t *testing.T) {
	tok := fake.NewTokenizer("<|end|>", "<|user|>").WithBOS()
	tok.Space, tok.Strip = true, true
	for _, c := range []string{"<|end|>", "<|user|>"} {
		tok.Control[c] = tok.ID(c)
	}
	text := "<|end|>\n<|user|>\nWas it?<|end|>"
	tokens, err := TokenizeAfter(tok, text)
	require.NoError(t, err)
	starts, err := Offsets(tok, text, tokens, TokenizeAfter)
	require.NoError(t, err)
	said := ""
	for i, token := range tokens {
		if !tok.IsControl(token) {
			require.GreaterOrEqual(t, starts[i], 0, TokenText(tok, token))
			said += TokenText(tok, token)
		}
	}
	assert.Equal(t, " Was it?", said)
	assert.Equal(t, len("<|end|>\n<|user|>\n"), starts[3], "W")
}
