package capture

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// Job is one sample to come.
type Job struct {
	Row      *Row
	Sample   int           // 0..samples-1 of its prompt
	Followup *followupPlan // nil for a sample that is no follow-up
	Response *string       // given; nil if sampled or none

	prompt *promptPlan
	Given  []models.Token // of the given response, its end of turn included; nil if sampled
	given  []mark         // of these
	Draws  *Generate      // how the response is sampled
	Seed   uint32
	rows   int // that are selected; at most so many where the response is not known

	promptRows int  // of these, or not decided on yet, in the prompt
	followed   bool // has follow-ups
}

// promptPlan is a prompt as it was rendered and tokenised; its samples share it.
type promptPlan struct {
	Text   string
	Tokens []models.Token
	marks  []mark
	answer int32      // number of the message that the response is, -1 where there are none
	asks   []ask      // alternatives
	think  thinker    // as it stands at the end of the prompt
	finds  []SpanRule // rules of spans in the response
}

// Text is the rendered prompt, of a follow-up its own part.
func (j *Job) Text() string { return j.prompt.Text }

// Tokens are those of the prompt, of a follow-up its own, the end of the parent's
// turn included.
func (j *Job) Tokens() []models.Token { return j.prompt.Tokens }

// ID is the sample's prompt id.
func (j *Job) ID() string {
	if j.Followup != nil {
		return j.Row.ID + "/" + j.Followup.Name
	}
	return j.Row.ID
}

// isGiven says whether the response is scored, not sampled.
func (j *Job) isGiven() bool { return j.Response != nil }

// known says whether all tokens of a sample are known before it is decoded.
func (j *Job) known() bool { return j.isGiven() || j.Draws.MaxTokens == 0 }

// maxTokens is how long the sample may get, its parent's tokens not counted.
func (j *Job) maxTokens() int {
	if j.isGiven() {
		return len(j.Tokens()) + len(j.Given)
	}
	return len(j.Tokens()) + j.Draws.MaxTokens
}

// branchTokens is how many tokens the alternatives of several tokens need.
func (j *Job) branchTokens() (n int) {
	for i := range j.prompt.asks {
		for _, o := range j.prompt.asks[i].options {
			n += len(o.tokens) - 1
		}
	}
	return n
}

// forks counts the alternatives of several tokens behind the place that has most.
func (j *Job) forks() (most int) {
	at := map[int]int{}
	for i := range j.prompt.asks {
		a := &j.prompt.asks[i]
		for _, o := range a.options {
			if len(o.tokens) > 1 {
				at[a.at]++
				most = max(most, at[a.at])
			}
		}
	}
	return most
}

// deriveSeed gives each sample a seed of its own: the first 32 bits of
// SHA-256(seed, prompt id, sample). It does not depend on the other prompts.
func deriveSeed(seed int64, promptID string, sample int) uint32 {
	sum := sha256.Sum256([]byte(strconv.FormatInt(seed, 10) + "\x00" + promptID + "\x00" + strconv.Itoa(sample)))
	s := binary.LittleEndian.Uint32(sum[:])
	if s == 0xFFFFFFFF { // llama.cpp takes this one as "choose at random"
		s = 0
	}
	return s
}

// planner makes jobs of rows.
type planner struct {
	*Prepared
	renderer  *renderer
	tags      tags
	followups []*followupPlan
	options   optionCache
	knowledge Generate // how the samples of that stage are drawn
	empty     []string // prompts of which nothing is selected
}

func newPlanner(p *Prepared, r *renderer) (*planner, error) {
	pl := &planner{Prepared: p, renderer: r, options: optionCache{}}
	var err error
	if p.selection, err = ParseSelection(p.Spec.Capture.Tokens); err != nil {
		return nil, err
	}
	if pl.tags, err = reasoningTags(p.Spec.Chat.Reasoning, r.source); err != nil {
		return nil, err
	}
	if pl.followups, err = pl.planFollowups(); err != nil {
		return nil, err
	}
	pl.knowledge = p.Spec.Generate
	if k := p.Spec.Knowledge; k != nil {
		pl.knowledge.Samples, pl.knowledge.Temperature, pl.knowledge.MaxTokens = k.Samples, k.Temperature, k.MaxTokens
	}
	return pl, nil
}

// neutral says whether a row is one of the neutral questions.
func (r *Row) neutral() bool { return r.Stage != nil && *r.Stage == stageKnowledge }

// add plans the samples of a row, each followed by its follow-ups.
func (pl *planner) add(row *Row) error {
	plan, messages, err := pl.prompt(row)
	if err != nil {
		return err
	}
	job := Job{Row: row, prompt: plan, Response: row.Response, Draws: &pl.Spec.Generate}
	if row.neutral() {
		job.Draws = &pl.knowledge
	}
	samples := job.Draws.Samples
	if job.isGiven() {
		samples = 1 // scoring draws nothing: all samples would be the same
		if err := pl.give(&job); err != nil {
			return err
		}
	}
	if err = pl.count(&job); err != nil {
		return err
	}
	if job.rows == 0 && !row.neutral() {
		pl.empty = append(pl.empty, row.ID)
	}
	var children []Job
	if !row.neutral() {
		if children, err = pl.children(&job, messages); err != nil {
			return err
		}
	}
	job.followed = len(children) > 0
	if err := pl.fits(&job, children); err != nil {
		return err
	}
	n := samples * (1 + len(children))
	if len(pl.Jobs)+n > mostSamples {
		advice := "split the dataset"
		if samples > 1 {
			advice = "lower --samples, or " + advice
		}
		return hint.Usage(fmt.Errorf("%s: up to here there are %d samples; a run has at most %d", row.place, len(pl.Jobs)+n, mostSamples), advice)
	}
	for n := range samples {
		for _, j := range append([]Job{job}, children...) {
			j.Sample, j.Seed = n, deriveSeed(pl.Spec.Generate.Seed, j.ID(), n)
			pl.Jobs = append(pl.Jobs, j)
		}
	}
	return nil
}

// prompt renders and tokenises a row's prompt.
func (pl *planner) prompt(row *Row) (*promptPlan, []models.Message, error) {
	text, err := pl.renderer.render(*row)
	if err != nil {
		return nil, nil, err
	}
	tokens, err := tokenizeText(pl.tok, text.text)
	if err != nil {
		return nil, nil, err
	}
	if len(tokens) == 0 {
		return nil, nil, hint.Usage(fmt.Errorf("%s: the prompt has no tokens", row.place), "write a prompt, or remove the row")
	}
	starts, err := offsets(pl.tok, text.text, tokens, tokenizeText)
	if err != nil {
		return nil, nil, err
	}
	plan := &promptPlan{Text: text.text, Tokens: tokens, answer: int32(text.answer), marks: markPrompt(pl.tok, text, tokens, starts)}
	if err := pl.openAnswer(text, plan, starts); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", row.place, err)
	}
	lies := tokenStretches(starts, len(text.text))
	pl.reason(plan, text, lies)
	if err := pl.span(plan, row, text, lies); err != nil {
		return nil, nil, err
	}
	return plan, text.messages, nil
}

// reason marks the reasoning that the prompt opens or holds in the assistant's last
// turn.
func (pl *planner) reason(plan *promptPlan, text *rendered, lies []stretch) {
	plan.think.tags = pl.tags
	from := 0
	for _, s := range text.spans {
		if s.message != text.answer {
			from = max(from, s.to)
		}
	}
	plan.think.read(text.text[from:])
	for i := range plan.marks {
		own := stretch{lies[i].from - from, lies[i].to - from}
		plan.marks[i].reasoning = own.from >= 0 && plan.think.covers(own)
	}
	// What follows is read as a text of its own, from where this one ends.
	plan.think = thinker{tags: pl.tags, inside: plan.think.inside}
}

// span marks the declared spans of the prompt, keeps the rules for the response, and
// plans the alternatives.
func (pl *planner) span(plan *promptPlan, row *Row, text *rendered, lies []stretch) error {
	rules := row.Spans
	if row.neutral() { // asked in other words, where the spans need not be
		rules = slices.Clone(rules)
		for i := range rules {
			rules[i].All = true
		}
	}
	spans, err := inMessages(row.place, rules, text.messages, text)
	if err == nil {
		err = markSpans(pl.sets, plan.marks, lies, spans)
	}
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if rule.In == "response" {
			plan.finds = append(plan.finds, rule)
		}
	}
	if row.neutral() {
		return nil
	}
	return pl.ask(plan, row, spans, lies)
}

// count sets how many rows a selection takes of a sample, at most.
func (p *Prepared) count(job *Job) error {
	sel := job.selection(p)
	for _, name := range sel.Spans() {
		if !job.declared(name) {
			return hint.Usage(fmt.Errorf("%s: %q selects span %q, which is not declared", job.Row.place, sel.text, name), "declare it under spans, in the spec or in the row")
		}
	}
	f := p.fate(sel, 0, job.prompt.marks, job.given, job.Given, job.known())
	known, drawn := len(job.Tokens())+len(job.Given), 0
	if !job.known() && !sel.root.promptOnly() {
		drawn = job.Draws.MaxTokens
	}
	job.rows, job.promptRows = drawn, 0
	for i := range known {
		if f.of(i) == dropped {
			continue
		}
		job.rows++
		if i < len(job.Tokens()) {
			job.promptRows++
		}
	}
	job.rows = min(job.rows, sel.root.most(known+drawn))
	return nil
}

// declared says whether some rule of a span has the name.
func (j *Job) declared(name string) bool {
	return slices.ContainsFunc(j.Row.Spans, func(r SpanRule) bool { return r.Name == name })
}

// fits checks that a sample and each of its follow-ups fits the context.
func (pl *planner) fits(job *Job, children []Job) error {
	limit := pl.Spec.Engine.Ctx
	if limit == 0 {
		limit = pl.Facts.TrainContext
	}
	need := job.maxTokens()
	if need > limit {
		return hint.Usage(fmt.Errorf("%s: prompt %q has %d tokens and may get %d with its response; the context holds %d", job.Row.place, job.Row.ID, len(job.Tokens()), need, limit),
			job.shorten()+raiseContext)
	}
	pl.Context = max(pl.Context, need)
	for i := range children {
		if whole := need + children[i].maxTokens(); whole > limit {
			return hint.Usage(fmt.Errorf("%s: prompt %q may get %d tokens with its response, and %d with the follow-up %q; the context holds %d", job.Row.place, job.Row.ID, need, whole, children[i].Followup.Name, limit),
				"shorten the follow-up, "+job.shorten()+raiseContext)
		}
	}
	return nil
}

const raiseContext = ", or raise --ctx (beyond what the model was trained for its states mean little)"

// shorten says what makes a sample shorter.
func (j *Job) shorten() string {
	switch {
	case j.isGiven():
		return "shorten the prompt or the given response"
	case j.Draws.MaxTokens == 0:
		return "shorten the prompt"
	case j.Row.neutral():
		return "shorten the prompt, lower knowledge.max_tokens"
	}
	return "shorten the prompt, lower --max-tokens"
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
	return hint.Usage(fmt.Errorf("capture.tokens %q selects nothing of %d of %d prompts: %s", pl.selection.text, len(pl.empty), len(pl.Dataset.Rows), shown),
		"choose other tokens, or leave these prompts out; `capture run --dry-run --json` shows the roles of every token")
}
