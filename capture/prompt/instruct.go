package prompt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"intentprobe/models"
)

var (
	// instructName is what instruct models are called: Llama-3.2-1B-Instruct, qwen-chat,
	// gemma-2-2b-it.
	instructName = regexp.MustCompile(`(?i)(^|[^a-z])(instruct|chat|assistant|sft|dpo|rlhf)([^a-z]|$)|[0-9]b[-_ .]it([^a-z]|$)|^it$`)
	baseName     = regexp.MustCompile(`(?i)(^|[^a-z])(base|pretrained|pt)([^a-z]|$)`)

	instructTags = []string{"chat", "conversational", "instruct", "instruction-tuned"}
	// turnEnds are end tokens of turns. Base models have them in their vocabulary too, but
	// end their texts with another.
	turnEnds = []string{"<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|END_OF_TURN_TOKEN|>", "<turn|>", "<|end_of_turn|>", "<|eot|>", "<|return|>", "<end_of_utterance>"}
)

// instruct says by what a model looks as if it was trained to answer in turns; empty
// where it does not.
func instruct(f *models.Facts) string {
	base := slices.ContainsFunc(f.About.Names, baseName.MatchString)
	for _, name := range f.About.Names {
		if instructName.MatchString(name) {
			return fmt.Sprintf("its name is %q", name)
		}
	}
	for _, tag := range f.About.Tags {
		if slices.Contains(instructTags, strings.ToLower(tag)) {
			return fmt.Sprintf("its tags hold %q", tag)
		}
	}
	if end := f.SpecialTokens["eos_token"]; !base && slices.Contains(turnEnds, end) {
		return fmt.Sprintf("its texts end with %s, the end of a turn", end)
	}
	return ""
}
