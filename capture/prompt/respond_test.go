package prompt

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// response tokenises a prompt and a response given with it.
func response(t *testing.T, tok *fake.Tokenizer, prompt, text string) []string {
	t.Helper()
	tokens, err := TokenizeText(tok, prompt)
	require.NoError(t, err)
	out, err := TokenizeResponse(tok, prompt, tokens, text)
	require.NoError(t, err)
	return tok.PieceNames(out)
}

func TestResponseIsTheTailOfTheWhole(t *testing.T) {
	tok := fake.NewTokenizer("Is", " it", "?", " Yes", "Yes", ".")
	assert.Equal(t, []string{" Yes", "."}, response(t, tok, "Is it?", " Yes."))
	assert.Equal(t, []string{"Yes", "."}, response(t, tok, "Is it?", "Yes."))
	assert.Equal(t, []string{" Yes", "."}, response(t, fake.NewTokenizer("Is", " it", "?", " Yes", ".").WithBOS(), "Is it?", " Yes."))
}

func TestResponseBehindSentencePieceHasNoExtraSpace(t *testing.T) {
	tok := fake.NewTokenizer(" Q", " Yes", "Yes", ":").WithBOS()
	tok.Space = true
	assert.Equal(t, []string{"Yes"}, response(t, tok, "Q:", "Yes"))
	assert.Equal(t, []string{" Yes"}, response(t, tok, "Q:", " Yes"))
}

// What the tokenizer does behind the prompt's last token is what counts.
func TestResponseBehindAControlToken(t *testing.T) {
	tok := fake.NewTokenizer(" Q", " Yes", "Yes")
	tok.Space = true
	assert.Equal(t, []string{" Yes"}, response(t, tok, "Q<|im_end|>", "Yes"))
}

func TestResponseBehindADoubledBOS(t *testing.T) {
	tok := fake.NewTokenizer("Q", "Yes").WithBOS()
	assert.Equal(t, []string{"Yes"}, response(t, tok, "<s>Q", "Yes"))
}

// "Yes" would merge with the prompt's end; a sampled response never does.
func TestResponseThatWouldMergeWithThePrompt(t *testing.T) {
	tok := fake.NewTokenizer("Q:", "Q:Y", "es", "Yes")
	assert.Equal(t, []string{"Yes"}, response(t, tok, "Q:", "Yes"))
	spaced := fake.NewTokenizer(" Q:", " Q:Y", "es", "Yes", " Yes")
	spaced.Space = true
	assert.Equal(t, []string{"Yes"}, response(t, spaced, "Q:", "Yes"), "without the space of a text's beginning")
}

func TestResponseThatMergesWithALineBreakToo(t *testing.T) {
	tok := fake.NewTokenizer("Q\n", "Q\n\n", "\n\n", "\n", "Yes")
	assert.Equal(t, []string{"\n", "Yes"}, response(t, tok, "Q\n", "\nYes"))
}

func TestEmptyResponseHasNoTokens(t *testing.T) {
	assert.Empty(t, response(t, fake.NewTokenizer("Q").WithBOS(), "Q", ""))
}

// The pieces of the response join to its text, however it had to be found.
func TestResponseTokensSpellTheResponse(t *testing.T) {
	words := []string{"a", "ab", "abc", "b", "bc", " a", " ab", "\n", "\na", "\n\n", " "}
	texts := []string{"a", "b", "ab", "abc", "\n", "\n\n", " a", " ", "\na b", "bcab\n\n", "ü", "\u0302"}
	for _, bos := range []bool{false, true} {
		tok := fake.NewTokenizer(words...)
		if bos {
			tok.WithBOS()
		}
		for _, prompt := range texts {
			tokens, err := TokenizeText(tok, prompt)
			require.NoError(t, err)
			for _, text := range texts {
				out, err := TokenizeResponse(tok, prompt, tokens, text)
				require.NoError(t, err)
				assert.Equal(t, text, JoinPieces(tok, out, -1), "%q after %q", text, prompt)
			}
		}
	}
}

func TestEndOfTurnOfATemplate(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "\n")
	end, ok := rendererOf(t, spec.Chat{Template: "auto"}, fake.ChatML).EndOfTurn(tok)
	require.True(t, ok)
	assert.Equal(t, tok.ID("<|im_end|>"), end)
	_, ok = rendererOf(t, spec.Chat{Template: "none"}, fake.ChatML).EndOfTurn(tok)
	assert.False(t, ok, "raw text has no turns")
	tok.Ends = map[models.Token]bool{}
	_, ok = rendererOf(t, spec.Chat{Template: "auto"}, fake.ChatML).EndOfTurn(tok)
	assert.False(t, ok, "no token that ends generation")
}
