package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnOptionBehindTokensWithoutText(t *testing.T) {
	tok := newTok("Yes").withBOS()
	pl := &planner{Prepared: &Prepared{tok: tok}, options: optionCache{}}
	plan := &promptPlan{Prompt: &Prompt{Text: "ab", Tokens: tok.ids("<s>", "<s>", "a", "b")}}
	lies := []stretch{{-1, -1}, {-1, -1}, {0, 1}, {1, 2}}
	tokens, err := pl.optionTokens(plan, lies, 3, 2, "Yes")
	require.NoError(t, err)
	assert.Equal(t, tok.ids("Yes"), tokens)
}
