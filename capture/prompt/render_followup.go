package prompt

import (
	"errors"
	"slices"

	"intentprobe/capture/dataset"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// Follow renders what stands after an answer when the user asks a further question, from
// the end of the answer's own text on: the end of its turn, the question, and what opens
// the next answer, begun where there is a prefill.
func (r *Renderer) Follow(row *dataset.Row, messages []chat.Message, question, prefill string) (*Rendered, error) {
	if r.template == nil {
		out := &Rendered{Text: question + prefill, answer: -1, before: -1, Messages: messages}
		out.spans = []span{{to: len(question), role: spec.RoleCode("user")}, {from: len(question), to: len(out.Text), role: roleAssistant}}
		return out, nil
	}
	answered := len(messages)
	if last := len(messages) - 1; messages[last].Role == "assistant" {
		answered = last // it was begun, and the response went on with it
	}
	const response = "the response"
	whole := append(slices.Clone(messages[:answered]), chat.Message{Role: "assistant", Content: response}, chat.Message{Role: "user", Content: question})
	if prefill != "" {
		whole = append(whole, chat.Message{Role: "assistant", Content: prefill})
	}
	chat, err := r.apply(row, whole)
	if err != nil {
		return nil, err
	}
	from := -1
	for _, p := range chat.Parts {
		if p.Message == answered {
			from = p.To
		}
	}
	if from < 0 {
		return nil, errors.New("the chat template drops the answer, so what follows it cannot be found")
	}
	out := &Rendered{Text: chat.Text[from:], answer: answered + 2, before: answered, Messages: whole, prefilled: prefill != ""}
	for _, p := range chat.Parts {
		if p.From >= from {
			out.spans = append(out.spans, span{p.From - from, p.To - from, spec.RoleCode(whole[p.Message].Role), p.Message, p.At})
		}
	}
	return out, nil
}
