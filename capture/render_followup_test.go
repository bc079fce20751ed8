package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
)

func TestAQuestionSkipsTheEndOfTheTurnAlone(t *testing.T) {
	tok := newTok("two", " three")
	end := tok.id("<|im_end|>")
	chat := &Prompt{Tokens: []models.Token{end, tok.id("two")}}
	assert.Equal(t, 1, chat.skipped(end, true))
	assert.Equal(t, 0, chat.skipped(tok.id("two"), false))
	text := &Prompt{Tokens: tok.ids("two", " three")}
	assert.Equal(t, 0, text.skipped(tok.id("two"), false), "an answer that ends with the question's first word")
}

func TestAQuestionIsFoundAgainWhereTheTokenizerNormalises(t *testing.T) {
	tok := newTok("<|end|>", "<|user|>").withBOS()
	tok.space, tok.strip = true, true
	for _, c := range []string{"<|end|>", "<|user|>"} {
		tok.control[c] = tok.id(c)
	}
	text := "<|end|>\n<|user|>\nWas it?<|end|>"
	tokens, err := tokenizeBehind(tok, text)
	require.NoError(t, err)
	starts, err := offsets(tok, text, tokens, tokenizeBehind)
	require.NoError(t, err)
	said := ""
	for i, token := range tokens {
		if !tok.IsControl(token) {
			require.GreaterOrEqual(t, starts[i], 0, tokenText(tok, token))
			said += tokenText(tok, token)
		}
	}
	assert.Equal(t, " Was it?", said)
	assert.Equal(t, len("<|end|>\n<|user|>\n"), starts[3], "W")
}
