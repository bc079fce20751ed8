package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
)

// response tokenises a prompt and a response given with it.
func response(t *testing.T, tok *fakeTok, prompt, text string) []string {
	t.Helper()
	tokens, err := tokenizeText(tok, prompt)
	require.NoError(t, err)
	out, err := respond(tok, prompt, tokens, text)
	require.NoError(t, err)
	return tok.pieceNames(out)
}

func TestResponseIsTheTailOfTheWhole(t *testing.T) {
	tok := newTok("Is", " it", "?", " Yes", "Yes", ".")
	assert.Equal(t, []string{" Yes", "."}, response(t, tok, "Is it?", " Yes."))
	assert.Equal(t, []string{"Yes", "."}, response(t, tok, "Is it?", "Yes."))
	assert.Equal(t, []string{" Yes", "."}, response(t, newTok("Is", " it", "?", " Yes", ".").withBOS(), "Is it?", " Yes."))
}

func TestResponseBehindSentencePieceHasNoExtraSpace(t *testing.T) {
	tok := newTok(" Q", " Yes", "Yes", ":").withBOS()
	tok.space = true
	assert.Equal(t, []string{"Yes"}, response(t, tok, "Q:", "Yes"))
	assert.Equal(t, []string{" Yes"}, response(t, tok, "Q:", " Yes"))
}

// What the tokenizer does behind the prompt's last token is what counts.
func TestResponseBehindAControlToken(t *testing.T) {
	tok := newTok(" Q", " Yes", "Yes")
	tok.space = true
	assert.Equal(t, []string{" Yes"}, response(t, tok, "Q<|im_end|>", "Yes"))
}

func TestResponseBehindADoubledBOS(t *testing.T) {
	tok := newTok("Q", "Yes").withBOS()
	assert.Equal(t, []string{"Yes"}, response(t, tok, "<s>Q", "Yes"))
}

// "Yes" would merge with the prompt's end; a sampled response never does.
func TestResponseThatWouldMergeWithThePrompt(t *testing.T) {
	tok := newTok("Q:", "Q:Y", "es", "Yes")
	assert.Equal(t, []string{"Yes"}, response(t, tok, "Q:", "Yes"))
	spaced := newTok(" Q:", " Q:Y", "es", "Yes", " Yes")
	spaced.space = true
	assert.Equal(t, []string{"Yes"}, response(t, spaced, "Q:", "Yes"), "without the space of a text's beginning")
}

func TestResponseThatMergesWithALineBreakToo(t *testing.T) {
	tok := newTok("Q\n", "Q\n\n", "\n\n", "\n", "Yes")
	assert.Equal(t, []string{"\n", "Yes"}, response(t, tok, "Q\n", "\nYes"))
}

func TestEmptyResponseHasNoTokens(t *testing.T) {
	assert.Empty(t, response(t, newTok("Q").withBOS(), "Q", ""))
}

// The pieces of the response join to its text, however it had to be found.
func TestResponseTokensSpellTheResponse(t *testing.T) {
	words := []string{"a", "ab", "abc", "b", "bc", " a", " ab", "\n", "\na", "\n\n", " "}
	texts := []string{"a", "b", "ab", "abc", "\n", "\n\n", " a", " ", "\na b", "bcab\n\n", "ü", "\u0302"}
	for _, bos := range []bool{false, true} {
		tok := newTok(words...)
		if bos {
			tok.withBOS()
		}
		for _, prompt := range texts {
			tokens, err := tokenizeText(tok, prompt)
			require.NoError(t, err)
			for _, text := range texts {
				out, err := respond(tok, prompt, tokens, text)
				require.NoError(t, err)
				assert.Equal(t, text, joinPieces(tok, out, -1), "%q after %q", text, prompt)
			}
		}
	}
}

func TestEndOfTurnOfATemplate(t *testing.T) {
	tok := newTok("user", "assistant", "\n")
	end, ok := rendererOf(t, Chat{Template: "auto"}, chatML).endOfTurn(tok)
	require.True(t, ok)
	assert.Equal(t, tok.id("<|im_end|>"), end)
	_, ok = rendererOf(t, Chat{Template: "none"}, chatML).endOfTurn(tok)
	assert.False(t, ok, "raw text has no turns")
	tok.ends = map[models.Token]bool{}
	_, ok = rendererOf(t, Chat{Template: "auto"}, chatML).endOfTurn(tok)
	assert.False(t, ok, "no token that ends generation")
}
