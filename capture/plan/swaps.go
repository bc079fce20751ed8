package plan

import (
	"fmt"
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/hint"
	"intentprobe/models"
)

// SwapOrder says which row of another sample a swap puts in the place of each of a
// sample's rows.
type SwapOrder struct {
	Source int   // number of the sample, one of the arm none
	Prompt []int // for each token of the prompt the source's token, -1 where nothing is swapped
	After  int   // tokens of the source's prompt: token r of the response is swapped with the source's token After+r
}

// Keep is rows of a sample that swaps of others use: at the point of one edit, those of
// some tokens of the prompt, and perhaps all of the response's.
type Keep struct {
	Edit     int // of arm.Set.Edits, an EditKeep
	Prompt   []bool
	Response bool
}

// connectSwaps finds for each token that is swapped the one that it is swapped with. bases
// are the samples of the arm none.
func (p *Prepared) connectSwaps(bases map[unitKey]int) error {
	if !p.swaps() {
		return nil
	}
	for i := range p.Jobs {
		j := &p.Jobs[i]
		if j.Followup != nil {
			continue
		}
		for n := range j.Arm.Parts {
			part := &j.Arm.Parts[n]
			if part.Swap == nil {
				continue
			}
			source := p.sources.of[swapFrom{j.base, part.Swap.Pair, part.Swap.Condition}]
			at, ok := bases[unitKey{source, j.Sample}]
			if !ok {
				at = bases[unitKey{source, 0}]
			}
			order, err := p.align(j, &p.Jobs[at], part)
			if err != nil {
				return hint.Usage(fmt.Errorf("%s: intervention %q, in arm %q, swaps with prompt %q: %w", j.Row.Place, part.Name, j.Arm.Name, p.Jobs[at].ID(), err),
					otherwise(part.Swap.Align))
			}
			order.Source = at
			if j.Swaps == nil {
				j.Swaps = make([]*SwapOrder, len(j.Arm.Parts))
			}
			j.Swaps[n] = order
			p.Jobs[at].keep(part, order, !part.Tokens.PromptOnly())
		}
	}
	return p.checkKept()
}

// otherwise says how else rows can be aligned.
func otherwise(align string) string {
	switch align {
	case "span":
		return "declare spans of the same length in both, or align from the end of the prompt (align: from_end)"
	case "from_end":
		return "align by a span that both have (align: span)"
	}
	return "align by a span that both have (align: span), or from the end of the prompt (align: from_end)"
}

// align finds for each token of a sample that a part selects the token of the source.
func (p *Prepared) align(j, source *Job, part *arm.Part) (*SwapOrder, error) {
	d := p.DecideAtOnce(part.Tokens, j, 0, j.Prompt.Marks)
	here, there := len(j.Tokens()), len(source.Tokens())
	out := &SwapOrder{Prompt: slices.Repeat([]int{-1}, here), After: there}
	if part.Swap.Align == "token" && here != there {
		return nil, fmt.Errorf("the prompts have %d and %d tokens, which cannot be aligned token by token", here, there)
	}
	spans, err := p.alignedSpans(j, source, part)
	if err != nil {
		return nil, err
	}
	for i := range here {
		if d.Of(i) != Kept {
			continue
		}
		at := i
		switch part.Swap.Align {
		case "from_end":
			at = i + there - here
		case "span":
			at = spans.counterpart(i)
		}
		if at < 0 || at >= there {
			return nil, fmt.Errorf("token %d has no counterpart there", i)
		}
		out.Prompt[i] = at
	}
	for r := range j.ResponseTokens {
		if d.Of(here+r) != Kept {
			continue
		}
		if at := spans.counterpart(here + r); at >= 0 && at != there+r {
			return nil, fmt.Errorf("token %d of the response lies in a span that is elsewhere in the other response, and responses are swapped token by token", r)
		}
		if source.TokensKnown() && r >= len(source.ResponseTokens) {
			return nil, fmt.Errorf("token %d of the response has no counterpart in a response of %d", r, len(source.ResponseTokens))
		}
	}
	return out, nil
}

// keep notes which rows of a sample a swap uses.
func (j *Job) keep(part *arm.Part, order *SwapOrder, response bool) {
	for _, edit := range part.Swap.Keeps {
		at := slices.IndexFunc(j.Keeps, func(k Keep) bool { return k.Edit == edit })
		if at < 0 {
			at = len(j.Keeps)
			j.Keeps = append(j.Keeps, Keep{Edit: edit, Prompt: make([]bool, len(j.Tokens()))})
		}
		k := &j.Keeps[at]
		k.Response = k.Response || response
		for _, token := range order.Prompt {
			if token >= 0 {
				k.Prompt[token] = true
				j.unchanged = min(j.unchanged, token)
			}
		}
	}
}

// Holds says whether the row of a token of the sample is kept.
func (k *Keep) Holds(token int) bool {
	if token < len(k.Prompt) {
		return k.Prompt[token]
	}
	return k.Response
}

// Uses says whether swaps of other samples use rows of one of a sample's tokens.
func (j *Job) Uses(token int) bool {
	return slices.ContainsFunc(j.Keeps, func(k Keep) bool { return k.Holds(token) })
}

// checkKept refuses swaps whose rows do not fit into memory.
func (p *Prepared) checkKept() error {
	most, unit := uint64(0), uint64(0)
	for i := range p.Jobs {
		if i%p.Unit == 0 {
			unit = 0
		}
		for _, k := range p.Jobs[i].Keeps {
			rows := 0
			for _, kept := range k.Prompt {
				if kept {
					rows++
				}
			}
			if k.Response {
				rows += p.Jobs[i].MaxTokens() - len(k.Prompt)
			}
			unit += uint64(rows) * uint64(p.Arms.Edits[k.Edit].Floats) * 4
		}
		most = max(most, unit)
	}
	if room := models.AvailableMemory() / 2; p.Spec.Engine.MemoryCheck && most > room {
		return hint.Usage(fmt.Errorf("the rows that the swaps of one question need take %d MiB, and %d MiB of memory can be used for them", most>>20, room>>20),
			"swap at fewer points or tokens in one run, or skip this check: ", hint.Key("engine.memory_check"), " false")
	}
	return nil
}
