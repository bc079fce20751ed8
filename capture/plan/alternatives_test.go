package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/capture/prompt"
)

func TestAnOptionBehindTokensWithoutText(t *testing.T) {
	tok := fake.NewTokenizer("Yes").WithBOS()
	pl := &planner{Prepared: &Prepared{Tokenizer: tok}, options: optionCache{}}
	plan := &Prompt{Prompt: &prompt.Prompt{Text: "ab", Tokens: tok.IDs("<s>", "<s>", "a", "b")}}
	lies := []prompt.Stretch{{From: -1, To: -1}, {From: -1, To: -1}, {From: 0, To: 1}, {From: 1, To: 2}}
	tokens, err := pl.optionTokens(plan, lies, 3, 2, "Yes")
	require.NoError(t, err)
	assert.Equal(t, tok.IDs("Yes"), tokens)
}
