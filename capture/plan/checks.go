package plan

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

// count sets how many rows a selection takes of a sample, at most.
func (p *Prepared) count(job *Job) error {
	sel := job.Selection(p)
	for _, name := range sel.Spans() {
		if !job.declared(name) {
			return hint.Usage(fmt.Errorf("%s: %q selects span %q, which is not declared", job.Row.Place, sel.String(), name), "declare it under spans, in the spec or in the row")
		}
	}
	f := p.DecideRows(sel, 0, job.Prompt.Marks, job.ResponseMarks, job.ResponseTokens, job.TokensKnown())
	known, drawn := len(job.Tokens())+len(job.ResponseTokens), 0
	if !job.TokensKnown() && !sel.PromptOnly() {
		drawn = job.Draws.MaxTokens
	}
	job.MostRows, job.mostPromptRows = drawn, 0
	for i := range known {
		if f.Of(i) == Dropped {
			continue
		}
		job.MostRows++
		if i < len(job.Tokens()) {
			job.mostPromptRows++
		}
	}
	job.MostRows = min(job.MostRows, sel.AtMost(known+drawn))
	return nil
}

// declared says whether some rule of a span has the name.
func (j *Job) declared(name string) bool {
	return slices.ContainsFunc(j.Row.Spans, func(r spec.SpanRule) bool { return r.Name == name })
}

// fits checks that a sample and each of its follow-ups fits the context.
func (pl *planner) fits(job *Job, children []Job) error {
	limit := pl.Spec.Engine.Ctx
	if limit == 0 {
		limit = pl.Facts.TrainContext
	}
	need := job.MaxTokens()
	if need > limit {
		return hint.Usage(fmt.Errorf("%s: prompt %q has %d tokens and may get %d with its response; the context holds %d", job.Row.Place, job.Row.ID, len(job.Tokens()), need, limit),
			append(job.shorten(), raiseContext...)...)
	}
	pl.Context = max(pl.Context, need)
	for i := range children {
		if whole := need + children[i].MaxTokens(); whole > limit {
			return hint.Usage(fmt.Errorf("%s: prompt %q may get %d tokens with its response, and %d with the follow-up %q; the context holds %d", job.Row.Place, job.Row.ID, need, whole, children[i].Followup.Name, limit),
				slices.Concat([]any{"shorten the follow-up, "}, job.shorten(), raiseContext)...)
		}
	}
	return nil
}

var raiseContext = []any{", or raise ", hint.Key("engine.ctx"), " (beyond what the model was trained for its states mean little)"}

// shorten says what makes a sample shorter.
func (j *Job) shorten() []any {
	switch {
	case j.ResponseGiven():
		return []any{"shorten the prompt or the given response"}
	case j.Draws.MaxTokens == 0:
		return []any{"shorten the prompt"}
	case j.Row.Neutral():
		return []any{"shorten the prompt, lower knowledge.max_tokens"}
	}
	return []any{"shorten the prompt, lower ", hint.Key("generate.max_tokens")}
}

// refuseEmpty names the prompts of which nothing is selected.
func (pl *planner) refuseEmpty() error {
	if len(pl.empty) == 0 {
		return nil
	}
	shown := strings.Join(pl.empty[:min(5, len(pl.empty))], ", ")
	if len(pl.empty) > 5 {
		shown += ", ..."
	}
	return hint.Usage(fmt.Errorf("capture.tokens %q selects nothing of %d of %d prompts: %s", pl.selection, len(pl.empty), len(pl.Dataset.Rows), shown),
		"choose other tokens, or leave these prompts out; ", hint.Option("dry-run"), " with ", hint.Option("json"), " shows the roles of every token")
}
