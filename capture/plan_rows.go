package capture

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

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
	if job.responseGiven() {
		samples = 1 // scoring draws nothing: all samples would be the same
		if err := pl.give(&job); err != nil {
			return err
		}
	}
	if err = pl.count(&job); err != nil {
		return err
	}
	if job.mostRows == 0 && !row.neutral() {
		pl.empty = append(pl.empty, row.ID)
	}
	var children []Job
	if !row.neutral() {
		if children, err = pl.followupsOf(&job, messages); err != nil {
			return err
		}
	}
	job.hasFollowups = len(children) > 0
	if err := pl.fits(&job, children); err != nil {
		return err
	}
	n := samples * (1 + len(children))
	if len(pl.Jobs)+n > mostSamples {
		advice := []any{"split the dataset"}
		if samples > 1 {
			advice = []any{"lower ", hint.Key("generate.samples"), ", or split the dataset"}
		}
		return hint.Usage(fmt.Errorf("%s: up to here there are %d samples; a run has at most %d", row.place, len(pl.Jobs)+n, mostSamples), advice...)
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
	stretches := tokenStretches(starts, len(text.text))
	pl.reason(plan, text, stretches)
	if err := pl.span(plan, row, text, stretches); err != nil {
		return nil, nil, err
	}
	return plan, text.messages, nil
}

// reason marks the reasoning that the prompt opens or holds in the assistant's last
// turn.
func (pl *planner) reason(plan *promptPlan, text *rendered, stretches []stretch) {
	plan.reasoning.tags = pl.tags
	from := 0
	for _, s := range text.spans {
		if s.message != text.answer {
			from = max(from, s.to)
		}
	}
	plan.reasoning.read(text.text[from:])
	for i := range plan.marks {
		own := stretch{stretches[i].from - from, stretches[i].to - from}
		plan.marks[i].reasoning = own.from >= 0 && plan.reasoning.covers(own)
	}
	// What follows is read as a text of its own, from where this one ends.
	plan.reasoning = reasoningFinder{tags: pl.tags, inside: plan.reasoning.inside}
}

// span marks the declared spans of the prompt, keeps the rules for the response, and
// plans the alternatives.
func (pl *planner) span(plan *promptPlan, row *Row, text *rendered, stretches []stretch) error {
	rules := row.Spans
	if row.neutral() { // asked in other words, where the spans need not be
		rules = slices.Clone(rules)
		for i := range rules {
			rules[i].All = true
		}
	}
	spans, err := inMessages(row.place, rules, text.messages, text)
	if err == nil {
		err = markSpans(pl.sets, plan.marks, stretches, spans)
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
	return pl.planAlternatives(plan, row, spans, stretches)
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
