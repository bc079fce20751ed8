package plan

import (
	"errors"
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/models/chat"
)

// planFollowups reads the follow-ups of the spec.
func (pl *planner) planFollowups() (out []*Followup, err error) {
	for _, f := range pl.Spec.Followups {
		plan := &Followup{Followup: f, draws: pl.Spec.Generate, forms: map[string]*followupForm{}}
		plan.draws.MaxTokens, plan.draws.Samples = f.MaxTokens, 1
		if plan.sel, err = selection.Parse("all"); err != nil {
			return nil, err
		}
		out = append(out, plan)
	}
	return out, nil
}

// followupsOf plans the follow-ups of a sample.
func (pl *planner) followupsOf(job *Job, messages []chat.Message) (out []Job, err error) {
	for _, f := range pl.followups {
		form, err := pl.form(f, job, messages)
		if err != nil {
			advice := []any{"ask it in another way; a chat template may refuse the order of messages"}
			if told := new(hint.UsageError); errors.As(err, &told) {
				advice = nil // its own
			}
			return nil, hint.Usage(fmt.Errorf("%s: follow-up %q: %w", job.Row.Place, f.Name, err), advice...)
		}
		child := Job{Row: job.Row, Followup: f, Response: form.response, Prompt: form.prompt, ResponseTokens: form.given, ResponseMarks: form.marks, Draws: &f.draws, Arm: job.Arm}
		child.MostRows = child.MaxTokens()
		out = append(out, child)
	}
	return out, nil
}

// form renders a follow-up for conversations of these roles: what stands in the
// messages makes no difference to what the template puts after the answer.
func (pl *planner) form(f *Followup, job *Job, messages []chat.Message) (*followupForm, error) {
	key := fmt.Sprintf("%d %s %s", job.Prompt.Answer, job.Row.Tools, job.Row.Documents)
	for _, m := range messages {
		key += "/" + m.Role
	}
	if form, ok := f.forms[key]; ok {
		return form, nil
	}
	text, err := pl.renderer.Follow(job.Row, messages, f.Ask, f.Prefill)
	if err != nil {
		return nil, err
	}
	p, stretches, err := prompt.New(pl.Tokenizer, text, prompt.TokenizeAfter, pl.tags)
	if err != nil {
		return nil, err
	}
	if len(p.Tokens) == 0 {
		return nil, fmt.Errorf("it has no tokens")
	}
	plan := &Prompt{Prompt: p}
	if len(f.Alternatives) > 0 {
		a := Alternatives{At: len(p.Tokens) - 1}
		if a.Options, err = pl.optionsOf(plan, stretches, a.At, len(p.Text), f.Alternatives); err != nil {
			return nil, err
		}
		if err := pl.distinct(&a); err != nil {
			return nil, hint.Usage(err, "use alternatives that begin differently")
		}
		plan.Alternatives = []Alternatives{a}
	}
	form := &followupForm{prompt: plan}
	if f.Response != nil {
		child := Job{Row: job.Row, Followup: f, Response: f.Response, Prompt: plan}
		if err := pl.give(&child); err != nil {
			return nil, err
		}
		form.response, form.given, form.marks = child.Response, child.ResponseTokens, child.ResponseMarks
	}
	f.forms[key] = form
	return form, nil
}
