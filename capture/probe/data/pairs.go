package data

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/storage/plural"
)

// pairs are the samples of a set as halves of pairs.
type pairs struct {
	partner []int32 // of each sample, the other half
	half    []int8  // of each sample: 0 or 1
	order   []int32 // the samples in the order of a space's rows: 0 and 1 of one pair, then of the next
}

// pairKey is what both halves of a pair share.
type pairKey struct {
	run                 int
	pair, followup, arm string
	sample              int32
}

// pair finds the other half of each sample, where the options ask for pairs, and leaves out
// samples without one.
func (s *Set) pair() error {
	if s.opt.Side == "" {
		return nil
	}
	side, err := s.By(s.opt.Side)
	if err != nil {
		return err
	}
	values := slices.Compact(slices.Sorted(slices.Values(side)))
	if values = slices.DeleteFunc(values, func(v string) bool { return v == "" }); len(values) != 2 {
		return hint.Usage(fmt.Errorf("the key %q has %s, %s, and two values tell the halves of a pair", s.opt.Side, plural.Count(len(values), "value"), plural.List(values, 5)), "choose a key with two values, or leave samples out by a condition")
	}
	halves, err := s.halves(side, values)
	if err != nil {
		return err
	}
	var kept []Sample
	p := &pairs{}
	place := map[*[2]int]int32{} // of the half that came first
	for i, of := range halves {
		if of == nil || of[0] < 0 || of[1] < 0 {
			s.Unpaired++
			continue
		}
		at := int32(len(kept)) //nolint:gosec // samples fit in memory
		kept = append(kept, s.Samples[i])
		p.half = append(p.half, int8(slices.Index(of[:], i))) //nolint:gosec // 0 or 1
		first, came := place[of]
		if p.partner = append(p.partner, first); !came {
			place[of] = at
			continue
		}
		p.partner[first] = at
		if p.half[at] == 0 {
			at, first = first, at
		}
		p.order = append(p.order, first, at)
	}
	if len(kept) == 0 {
		return hint.Usage(fmt.Errorf("no two samples of %s are a pair whose halves the key %q tells apart", s.runs(), s.opt.Side), "give the rows of the data set the key `pair`")
	}
	s.Samples, s.pairs = kept, p
	s.place()
	return s.enough(s.Of(), " in whole pairs")
}

// halves gives the pair of each sample, as the places of its halves, -1 where there is none;
// nil of a sample that is of no pair. Two samples cannot be the same half.
func (s *Set) halves(side, values []string) ([]*[2]int, error) {
	found := map[pairKey]*[2]int{}
	out := make([]*[2]int, len(s.Samples))
	for i := range s.Samples {
		x := &s.Samples[i]
		if side[i] == "" || text(x.Pair) == "" {
			continue
		}
		key := pairKey{x.Run, *x.Pair, text(x.Followup), text(x.Arm), x.Sample.Sample}
		if found[key] == nil {
			found[key] = &[2]int{-1, -1}
		}
		half := slices.Index(values, side[i])
		if at := found[key][half]; at >= 0 {
			return nil, hint.Usage(fmt.Errorf("the pair %q has two samples whose %s is %q: %s and %s", *x.Pair, s.opt.Side, side[i], s.says(&s.Samples[at]), s.says(x)), "choose a key that tells them apart, or leave one out by a condition")
		}
		found[key][half], out[i] = i, found[key]
	}
	return out, nil
}

// sides are those of the rows of a space, for CCS.
func (p *pairs) sides() []int8 { return slices.Repeat([]int8{0, 1}, len(p.order)/2) }

// sideBySide gives rows to add pair by pair. Memory: the rows whose other half has not come.
func (p *pairs) sideBySide(add func(at int32, values []float32) error) func(at int32, values []float32) error {
	waiting := map[int32][]float32{}
	return func(at int32, values []float32) error {
		other := p.partner[at]
		first, came := waiting[other]
		if !came {
			waiting[at] = slices.Clone(values)
			return nil
		}
		delete(waiting, other)
		if p.half[at] == 0 {
			at, other, values, first = other, at, first, values
		}
		if err := add(other, first); err != nil {
			return err
		}
		return add(at, values)
	}
}
