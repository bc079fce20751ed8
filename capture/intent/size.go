package intent

import (
	"maps"
	"slices"

	"intentprobe/capture/intent/scenario"
)

// sizeOf counts what a study asks; the seed is that of its prompts.
func (s *Study) sizeOf(seed uint64) Size {
	families, wordings := map[bool]map[string]bool{false: {}, true: {}}, map[string]map[string]bool{}
	for _, q := range s.Questions {
		families[q.HeldOut][q.Family] = true
		if wordings[q.Family] == nil {
			wordings[q.Family] = map[string]bool{}
		}
		wordings[q.Family][q.Wording] = true
	}
	size := Size{Families: len(families[false]), HeldOut: len(families[true]), Seed: seed}
	for of := range maps.Values(wordings) {
		size.Wordings = max(size.Wordings, len(of))
	}
	if r := s.ReadOut; r != nil {
		of := map[string]bool{}
		for _, t := range r.Pairs {
			of[t.Pair] = true
		}
		size.Pairs = len(of)
		for told := range maps.Values(r.Controls) {
			size.Controls = max(size.Controls, len(told))
		}
	}
	if s.Swaps != nil {
		for _, x := range s.Swaps.Swaps {
			if !x.HeldOut && x.Must() == scenario.Moves {
				size.Swaps++
			}
		}
	}
	return size
}

// kinds are those of the controls, in order.
func (r *ReadOut) kinds() []string { return slices.Sorted(maps.Keys(r.Controls)) }
