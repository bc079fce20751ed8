package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

// mostSamples is how many samples a run may have.
const mostSamples = 4_000_000

func newPlanner(p *Prepared, r *prompt.Renderer) (*planner, error) {
	pl := &planner{Prepared: p, renderer: r, options: optionCache{}}
	var err error
	if p.selection, err = selection.Parse(p.Spec.Capture.Tokens); err != nil {
		return nil, err
	}
	if pl.tags, err = spec.ReasoningTags(p.Spec.Chat.Reasoning, r.Source); err != nil {
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
func (pl *planner) add(row *dataset.Row) error {
	plan, messages, err := pl.prompt(row)
	if err != nil {
		return err
	}
	job := Job{Row: row, base: row, Prompt: plan, Response: row.Response, Draws: &pl.Spec.Generate}
	if row.Neutral() {
		job.Draws = &pl.knowledge
	}
	samples := job.Draws.Samples
	if job.ResponseGiven() {
		samples = 1 // scoring draws nothing: all samples would be the same
		if err := pl.give(&job); err != nil {
			return err
		}
	}
	if err = pl.count(&job); err != nil {
		return err
	}
	if job.MostRows == 0 && !row.Neutral() {
		pl.empty = append(pl.empty, row.ID)
	}
	var all [][]Job // each arm's sample, with its follow-ups
	for _, a := range pl.armsOf(row) {
		under, other, err := pl.underArm(job, a)
		if err != nil {
			return err
		}
		if other == nil {
			other = messages
		}
		family := []Job{under}
		if !row.Neutral() {
			children, err := pl.followupsOf(&under, other)
			if err != nil {
				return err
			}
			family = append(family, children...)
			family[0].HasFollowups = len(children) > 0
		}
		if err := pl.fits(&family[0], family[1:]); err != nil {
			return err
		}
		all = append(all, family)
	}
	n := 0
	for _, family := range all {
		n += samples * len(family)
	}
	if len(pl.Jobs)+n > mostSamples {
		advice := []any{"split the dataset"}
		if samples > 1 {
			advice = []any{"lower ", hint.Key("generate.samples"), ", or split the dataset"}
		}
		return hint.Usage(fmt.Errorf("%s: up to here there are %d samples; a run has at most %d", row.Place, len(pl.Jobs)+n, mostSamples), advice...)
	}
	for n := range samples {
		for _, family := range all {
			for _, j := range family {
				j.Sample, j.Seed = n, deriveSeed(pl.Spec.Generate.Seed, j.ID(), n)
				pl.Jobs = append(pl.Jobs, j)
			}
		}
	}
	return nil
}

// prompt renders and tokenises a row's prompt, marks its spans and plans the alternatives.
func (pl *planner) prompt(row *dataset.Row) (*Prompt, []chat.Message, error) {
	text, err := pl.renderer.Render(*row)
	if err != nil {
		return nil, nil, err
	}
	p, stretches, err := prompt.New(pl.Tokenizer, text, prompt.TokenizeText, pl.tags)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", row.Place, err)
	}
	if len(p.Tokens) == 0 {
		return nil, nil, hint.Usage(fmt.Errorf("%s: the prompt has no tokens", row.Place), "write a prompt, or remove the row")
	}
	rules := row.Spans
	if row.Neutral() { // asked in other words, where the spans need not be
		rules = slices.Clone(rules)
		for i := range rules {
			rules[i].All = true
		}
	}
	spans, err := p.MarkSpans(pl.SpanSets, row.Place, rules, text, stretches)
	if err != nil {
		return nil, nil, err
	}
	plan := &Prompt{Prompt: p}
	if !row.Neutral() {
		err = pl.planAlternatives(plan, row, spans, stretches)
	}
	return plan, text.Messages, err
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
