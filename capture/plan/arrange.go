package plan

import (
	"fmt"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// arrange puts the samples into the order in which they are decoded, so that no group parts
// those that need each other, and sums up what is done after responses.
func (p *Prepared) arrange() error {
	p.FamilySize = 1 + len(p.Spec.Followups)
	units, singles := p.units()
	p.Unit = p.FamilySize
	uniform := true
	for _, unit := range units {
		uniform = uniform && len(unit) == len(units[0])
		p.Unit = max(p.Unit, len(unit))
	}
	if !uniform { // only swaps between questions of unlike size
		p.Unit = len(p.Jobs)
	}
	if p.Unit > spec.MaxGroup {
		return hint.Usage(fmt.Errorf("%d samples belong together (the arms of a prompt; with swaps, those of a question, or of all where questions have different numbers of rows), and at most %d can be committed together", p.Unit, spec.MaxGroup),
			"use fewer arms, split the dataset, or give every question the same number of rows")
	}
	p.Jobs = p.Jobs[:0:0]
	for _, unit := range append(units, singles) {
		p.Jobs = append(p.Jobs, unit...)
	}
	if p.FamilySize > 1 && p.HasPattern() {
		return hint.Usage(fmt.Errorf("attention patterns and follow-ups in one run"), "leave the pattern out, or the follow-ups: a cell of the cache is a position only without branches")
	}
	for i := range p.Jobs {
		after := p.Jobs[i].BranchTokens()
		for k := i + 1; k < len(p.Jobs) && p.Jobs[k].Followup != nil && p.Jobs[i].Followup == nil; k++ {
			after += p.Jobs[k].MaxTokens() + p.Jobs[k].BranchTokens()
		}
		p.tokensAfter = max(p.tokensAfter, after)
		p.branches = max(p.branches, p.Jobs[i].branchesAtOnce())
		p.PromptRows = p.PromptRows || p.Jobs[i].mostPromptRows > 0
	}
	if p.tokensAfter > 0 && p.HasPattern() {
		return hint.Usage(fmt.Errorf("attention patterns and alternatives of several tokens in one run"), "leave the pattern out, or use alternatives of one token")
	}
	return p.connect()
}

// unitKey names the samples that belong together: without swaps those of a row and a number.
type unitKey struct {
	row    *dataset.Row
	sample int
}

// units parts the samples into those that no group parts, each in the order in which they
// are decoded, and those that stand alone, which come last: without follow-ups and arms
// nothing comes together, and all are singles.
func (p *Prepared) units() (units [][]Job, singles []Job) {
	together, swaps := map[unitKey]int{}, p.swaps()
	for i := 0; i < len(p.Jobs); {
		end := i + 1
		for end < len(p.Jobs) && p.Jobs[end].Followup != nil {
			end++
		}
		family := p.Jobs[i:end]
		i = end
		if alone := p.Arms == nil || family[0].Row.Neutral(); alone {
			if len(family) == 1 {
				singles = append(singles, family...)
			} else {
				units = append(units, family)
			}
			continue
		}
		key := unitKey{family[0].base, family[0].Sample}
		if swaps {
			key = unitKey{row: p.sources.rootOf(family[0].base)}
		}
		at, ok := together[key]
		if !ok {
			at = len(units)
			together[key] = at
			units = append(units, nil)
		}
		units[at] = append(units[at], family...)
	}
	if swaps {
		for i := range units {
			units[i] = sourcesFirst(units[i])
		}
	}
	return units, singles
}

// sourcesFirst puts the samples of the arm none before all others.
func sourcesFirst(unit []Job) []Job {
	var first, rest []Job
	for _, j := range unit {
		if j.Arm.Kind == arm.None {
			first = append(first, j)
		} else {
			rest = append(rest, j)
		}
	}
	return append(first, rest...)
}

// connect numbers the samples that others are held against, or take rows from.
func (p *Prepared) connect() error {
	if p.Arms == nil {
		for i := range p.Jobs {
			p.Jobs[i].Base = -1
		}
		return nil
	}
	bases := map[unitKey]int{}
	for i := range p.Jobs {
		if j := &p.Jobs[i]; j.Followup == nil && j.Arm.Kind == arm.None {
			bases[unitKey{j.base, j.Sample}] = i
		}
	}
	for i := range p.Jobs {
		j := &p.Jobs[i]
		j.Base = -1
		if j.Followup == nil {
			j.Base = bases[unitKey{j.base, j.Sample}]
		}
	}
	return p.connectSwaps(bases)
}

// editsOutputs says whether an edited point is computed for output tokens alone.
func (p *Prepared) editsOutputs() bool {
	return p.Arms != nil && (&hooks.Plan{Edits: p.Arms.Edits}).EditsOutputs()
}
