package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/fake"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/models"
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

// Options are templates with the keys of the row.
func TestOptionsOfEachRow(t *testing.T) {
	options := []string{"{answer}", "{wrong}", "{{x}}"}
	ask := func(s *spec.Spec, _ *models.Facts) {
		s.Alternatives = []spec.Alternatives{{Name: "v", Options: options}}
	}
	rows := []map[string]any{{"prompt": "a", "answer": "yes", "wrong": "no"}, {"prompt": "b", "answer": "no", "wrong": "yes {x}"}}
	p := mustPlan(t, ask, rows...)
	assert.Equal(t, []string{"v:yes", "v:no", "v:{x}"}, p.Jobs[0].Prompt.Alternatives[0].Names())
	assert.Equal(t, []string{"v:no", "v:yes {x}", "v:{x}"}, p.Jobs[1].Prompt.Alternatives[0].Names())
	options[1] = "{rong}"
	_, err := planned(t, ask, rows...)
	expect.Refused(t, err, `option of alternatives "v"`, "{rong}")
}
