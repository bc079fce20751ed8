package spec

import (
	"fmt"
	"strings"

	"intentprobe/capture/hint"
)

// Tags enclose the reasoning part of an answer; both empty where there is none.
type Tags struct{ Open, Close string }

// knownTags are those of the model families, the longest and most particular first.
var knownTags = []Tags{
	{"<|channel|>analysis<|message|>", "<|end|>"}, // gpt-oss
	{"<|START_THINKING|>", "<|END_THINKING|>"},    // Command A, R7B
	{"<|inner_prefix|>", "<|inner_suffix|>"},      // Apertus
	{"<seed:think>", "</seed:think>"},             // Seed-OSS
	{"[THINK]", "[/THINK]"},                       // Magistral, Ministral
	{"<thinking>", "</thinking>"},
	{"<reasoning>", "</reasoning>"},
	{"<think>", "</think>"}, // DeepSeek R1, Qwen 3, and most
}

// ReasoningTags reads chat.reasoning: auto takes the tags that stand in the template,
// none knows no reasoning, else it is the two tags with a space between them.
func ReasoningTags(setting, template string) (Tags, error) {
	switch setting {
	case "none":
		return Tags{}, nil
	case "auto", "":
		for _, t := range knownTags {
			if strings.Contains(template, t.Close) || strings.Contains(template, t.Open) {
				return t, nil
			}
		}
		return Tags{}, nil
	}
	words := strings.Fields(setting)
	if len(words) != 2 || words[0] == words[1] {
		return Tags{}, hint.Usage(fmt.Errorf("chat.reasoning is %q", setting), `use auto, none, or the two tags, for example "<think> </think>"`)
	}
	return Tags{words[0], words[1]}, nil
}
