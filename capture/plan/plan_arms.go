package plan

import (
	"fmt"
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/models/chat"
)

// armsOf lists the arms that a row is decoded in: nil without interventions, and none alone
// for what asks whether the model knows something.
func (p *Prepared) armsOf(row *dataset.Row) []*arm.Arm {
	if p.Arms == nil {
		return []*arm.Arm{nil}
	}
	if row.Neutral() {
		return []*arm.Arm{&p.Arms.Arms[0]}
	}
	out := make([]*arm.Arm, len(p.Arms.Arms))
	for i := range out {
		out[i] = &p.Arms.Arms[i]
	}
	return out
}

// asks puts what an arm asks for in words before the user's last message.
func asks(row *dataset.Row, words string) (*dataset.Row, error) {
	out := *row
	if len(row.Messages) == 0 {
		out.Prompt = words + " " + row.Prompt
		return &out, nil
	}
	out.Messages = slices.Clone(row.Messages)
	for i := len(out.Messages) - 1; i >= 0; i-- {
		if out.Messages[i].Role == "user" {
			out.Messages[i].Content = words + " " + out.Messages[i].Content
			return &out, nil
		}
	}
	return nil, hint.Usage(fmt.Errorf("%s: controls.prompt asks in the user's last message, and no message is the user's", row.Place), "leave controls.prompt out, or give a message by the user")
}

// underArm gives a planned sample as an arm decodes it.
func (pl *planner) underArm(job Job, a *arm.Arm) (Job, []chat.Message, error) {
	job.Arm = a
	if a != nil && a.Kind == arm.Prompt {
		row, err := asks(job.Row, a.Prompt)
		if err != nil {
			return job, nil, err
		}
		job.Row = row
		plan, messages, err := pl.prompt(row)
		if err != nil {
			return job, nil, err
		}
		job.Prompt, job.unchanged = plan, len(plan.Tokens)
		if job.ResponseGiven() {
			job.Response = row.Response
			if err := pl.give(&job); err != nil {
				return job, nil, err
			}
		}
		return job, messages, pl.count(&job)
	}
	return job, nil, pl.checkEdits(&job)
}

// checkEdits refuses tokens of an arm that cannot be told in time or that are none, and
// notes how much of the prompt is left as it is.
func (pl *planner) checkEdits(job *Job) error {
	job.unchanged = len(job.Tokens())
	if job.Arm == nil {
		return nil
	}
	for i := range job.Arm.Parts {
		part := &job.Arm.Parts[i]
		if err := pl.checkTold(job, part); err != nil {
			return err
		}
		d := pl.DecideAtOnce(part.Tokens, job, 0, job.Prompt.Marks)
		first := slices.Index(d.decided, Kept)
		if first >= 0 {
			job.unchanged = min(job.unchanged, first)
		}
		// A sampled response, or alternatives, which are read as one, may hold some.
		switch later := (!job.TokensKnown() || job.BranchTokens() > 0) && !part.Tokens.PromptOnly(); {
		case first < 0 && !later:
			return hint.Usage(fmt.Errorf("%s: intervention %q, in arm %q, edits no token: %q selects none of this sample", job.Row.Place, part.Name, job.Arm.Name, part.Tokens),
				"choose other tokens, or leave the row out; ", hint.Option("dry-run"), " with ", hint.Option("json"), " shows the roles of every token")
		case first < 0 || first >= len(job.Tokens()):
			pl.notice(fmt.Sprintf("intervention %q edits no token of the prompt (%s), so that the first token of a response is drawn unedited; prompt[-1] is the row that it is drawn from", part.Name, part.Tokens))
		}
	}
	return nil
}

// checkTold refuses tokens of a sampled response of which it is only known later whether
// they are selected, and spans that are not declared.
func (pl *planner) checkTold(job *Job, part *arm.Part) error {
	wrong := func(why string, advice ...any) error {
		return hint.Usage(fmt.Errorf("%s: intervention %q, in arm %q: tokens %q: %s", job.Row.Place, part.Name, job.Arm.Name, part.Tokens, why), advice...)
	}
	for _, name := range part.Tokens.Spans() {
		if !job.declared(name) {
			return wrong(fmt.Sprintf("span %q is not declared", name), "declare it under spans, in the spec or in the row")
		}
		if job.Prompt.FindsInResponse(name) && !job.TokensKnown() {
			return wrong(fmt.Sprintf("span %q is looked for in the response, which is sampled: where it lies is known too late", name), "give the response, or choose other tokens")
		}
	}
	if !job.TokensKnown() && part.Tokens.LagsLater() {
		return wrong("it is known too late which tokens of a sampled response these are", "count from the beginning, as in response[:5], or give the response; of the prompt, prompt[-1] can be told")
	}
	return nil
}

// notice keeps what the user should know, once.
func (pl *planner) notice(text string) {
	if !slices.Contains(pl.Notices, text) {
		pl.Notices = append(pl.Notices, text)
	}
}
