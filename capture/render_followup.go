package capture

import (
	"errors"
	"slices"

	"intentprobe/models"
)

// follow renders what stands after an answer when the user goes on with a question,
// from the end of the answer's own text on: the end of its turn, the question, and
// what opens the next answer, begun where there is a prefill.
func (r *renderer) follow(row *Row, messages []models.Message, question, prefill string) (*rendered, error) {
	if r.template == nil {
		out := &rendered{text: question + prefill, answer: -1, before: -1, messages: messages}
		out.spans = []span{{to: len(question), role: roleCode("user")}, {from: len(question), to: len(out.text), role: roleAssistant}}
		return out, nil
	}
	answered := len(messages)
	if last := len(messages) - 1; messages[last].Role == "assistant" {
		answered = last // it was begun, and the response went on with it
	}
	const response = "the response"
	whole := append(slices.Clone(messages[:answered]), models.Message{Role: "assistant", Content: response}, models.Message{Role: "user", Content: question})
	if prefill != "" {
		whole = append(whole, models.Message{Role: "assistant", Content: prefill})
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
	out := &rendered{text: chat.Text[from:], answer: answered + 2, before: answered, messages: whole, prefilled: prefill != ""}
	for _, p := range chat.Parts {
		if p.From >= from {
			out.spans = append(out.spans, span{p.From - from, p.To - from, roleCode(whole[p.Message].Role), p.Message, p.At})
		}
	}
	return out, nil
}
