package plan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A plan shows the text of every token, so that nobody needs a tokenizer to read it.
func TestAPlanShowsTheTextsOfItsTokens(t *testing.T) {
	p := mustPlan(t, nil, map[string]any{"prompt": "yes é", "response": "yes"})
	planned := p.Planned(0)
	require.Len(t, planned.Texts, len(planned.Tokens))
	require.Len(t, planned.Answer, len(planned.Response))
	assert.Contains(t, planned.Texts, "<0xC3>") // a byte of é, as the column token has it
	assert.Contains(t, strings.Join(planned.Texts, ""), "yes ")
	assert.Equal(t, "yes", planned.Answer[0])
}
