package plan

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// asks puts what an arm asks for in words before the user's last message. Spans that are
// given as characters of it move along.
func asks(row *dataset.Row, words string) (*dataset.Row, error) {
	out, messages := *row, row.Messages
	if len(messages) == 0 {
		messages = []chat.Message{{Role: "user", Content: row.Prompt}}
	}
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role != "user" {
			continue
		}
		if len(row.Messages) == 0 {
			out.Prompt = words + " " + row.Prompt
		} else {
			out.Messages = slices.Clone(row.Messages)
			out.Messages[i].Content = words + " " + out.Messages[i].Content
		}
		var err error
		out.Spans, err = moveRanges(row, messages, i, utf8.RuneCountInString(words)+1)
		return &out, err
	}
	return nil, hint.Usage(fmt.Errorf("%s: controls.prompt asks in the user's last message, and no message is the user's", row.Place), "leave controls.prompt out, or give a message by the user")
}

// moveRanges gives the spans of a row after so many characters were put before a message.
// A range that holds in other messages too cannot follow, and is refused.
func moveRanges(row *dataset.Row, messages []chat.Message, changed, by int) ([]spec.SpanRule, error) {
	out := slices.Clone(row.Spans)
	for n := range out {
		rule := &out[n]
		if rule.Range == nil || !rule.Applies(changed, "user") {
			continue
		}
		for i, m := range messages {
			if i != changed && rule.Applies(i, m.Role) {
				return nil, hint.Usage(fmt.Errorf("%s: span %q: characters %d to %d are counted in several messages, and controls.prompt puts words before one of them", row.Place, rule.Name, rule.Range[0], rule.Range[1]),
					fmt.Sprintf("say in which message the span is (in: %d), or give it as text", changed))
			}
		}
		rule.Range = []int{rule.Range[0] + by, rule.Range[1] + by}
	}
	return out, nil
}
