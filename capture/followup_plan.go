package capture

import (
	"errors"
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// planFollowups reads the follow-ups of the spec.
func (pl *planner) planFollowups() (out []*followupPlan, err error) {
	for _, f := range pl.Spec.Followups {
		plan := &followupPlan{Followup: f, draws: pl.Spec.Generate, forms: map[string]*followupForm{}}
		plan.draws.MaxTokens, plan.draws.Samples = f.MaxTokens, 1
		if plan.sel, err = ParseSelection("all"); err != nil {
			return nil, err
		}
		out = append(out, plan)
	}
	return out, nil
}

// followupsOf plans the follow-ups of a sample.
func (pl *planner) followupsOf(job *Job, messages []models.Message) (out []Job, err error) {
	for _, f := range pl.followups {
		form, err := pl.form(f, job, messages)
		if err != nil {
			advice := "ask it in another way; a chat template may refuse the order of messages"
			if told := new(hint.UsageError); errors.As(err, &told) {
				advice = told.Hint()
			}
			return nil, hint.Usage(fmt.Errorf("%s: follow-up %q: %w", job.Row.place, f.Name, err), advice)
		}
		child := Job{Row: job.Row, Followup: f, Response: form.response, prompt: form.prompt, ResponseTokens: form.given, responseMarks: form.marks, Draws: &f.draws}
		child.mostRows = child.maxTokens()
		out = append(out, child)
	}
	return out, nil
}

// form renders a follow-up for conversations of these roles: what stands in the
// messages makes no difference to what the template puts after the answer.
func (pl *planner) form(f *followupPlan, job *Job, messages []models.Message) (*followupForm, error) {
	key := fmt.Sprintf("%d %s %s", job.prompt.answer, job.Row.Tools, job.Row.Documents)
	for _, m := range messages {
		key += "/" + m.Role
	}
	if form, ok := f.forms[key]; ok {
		return form, nil
	}
	text, err := pl.renderer.follow(job.Row, messages, f.Ask, f.Prefill)
	if err != nil {
		return nil, err
	}
	tokens, err := tokenizeBehind(pl.tok, text.text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("it has no tokens")
	}
	starts, err := offsets(pl.tok, text.text, tokens, tokenizeBehind)
	if err != nil {
		return nil, err
	}
	stretches := tokenStretches(starts, len(text.text))
	plan := &promptPlan{Text: text.text, Tokens: tokens, answer: int32(text.answer), marks: markPrompt(pl.tok, text, tokens, starts)}
	if err := pl.openAnswer(text, plan, starts); err != nil {
		return nil, err
	}
	pl.reason(plan, text, stretches)
	if len(f.Alternatives) > 0 {
		a := plannedAlternatives{at: len(tokens) - 1}
		if a.options, err = pl.optionsOf(plan, stretches, a.at, len(text.text), f.Alternatives); err != nil {
			return nil, err
		}
		if err := pl.distinct(&a); err != nil {
			return nil, hint.Usage(err, "use alternatives that begin differently")
		}
		plan.alternatives = []plannedAlternatives{a}
	}
	form := &followupForm{prompt: plan}
	if f.Response != nil {
		child := Job{Row: job.Row, Followup: f, Response: f.Response, prompt: plan}
		if err := pl.give(&child); err != nil {
			return nil, err
		}
		form.response, form.given, form.marks = child.Response, child.ResponseTokens, child.responseMarks
	}
	f.forms[key] = form
	return form, nil
}

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
