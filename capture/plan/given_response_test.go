package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

func TestAnEndTokenWithinAGivenResponseIsRefused(t *testing.T) {
	for given, at := range map[string]string{
		" Yes.<|im_end|> No.": `end token "<|im_end|>", at character 6`,
		" 日日</s>.":            `end token "</s>", at character 4`,
		"<|im_end|>.":         `end token "<|im_end|>", at character 1`,
		" Yes.<|im_end|>\n<|im_start|>user\nIs it?":       `end token "<|im_end|>", at character 6`,
		" <|im_start|> Yes.<|im_end|>\n</s> No<|im_end|>": `end token "<|im_end|>", at character 19`,
	} {
		for _, template := range []string{"auto", "none"} {
			_, err := planned(t, func(s *spec.Spec, _ *models.Facts) { s.Chat.Template = template },
				promptOf("a"), map[string]any{"id": "c", "prompt": "Is it?", "response": given})
			hint := expect.Refused(t, err, "prompts.rows[1]: the response goes on after its "+at)
			assert.Contains(t, hint, "take it out")
		}
	}
}

func TestAnEndTokenWithinTheResponseOfAFollowupIsRefused(t *testing.T) {
	given := " Yes.<|im_end|> No"
	_, err := planned(t, func(s *spec.Spec, _ *models.Facts) {
		s.Followups = []spec.Followup{{Name: "given", Ask: "Lie.", Response: &given}}
	}, promptOf("a"))
	expect.Refused(t, err, `prompts.rows[0]: follow-up "given": the response goes on after its end token "<|im_end|>", at character 6`)
}
