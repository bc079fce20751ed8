package data

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// place notes where the samples of each run are.
func (s *Set) place() {
	for _, r := range s.Runs {
		r.Of = [2]int{}
		r.index = slices.Repeat([]int32{-1}, len(r.chosen.Samples))
	}
	for i := range s.Samples {
		x := &s.Samples[i]
		s.Runs[x.Run].Of[number(x.Positive)]++
		s.Runs[x.Run].index[x.index] = int32(i) //nolint:gosec // samples fit in memory
	}
}

// runs names the runs in errors.
func (s *Set) runs() string {
	var names []string
	for _, r := range s.Runs {
		names = append(names, r.Dir)
	}
	return strings.Join(names, " and ")
}

// says names a sample.
func (s *Set) says(x *Sample) string {
	return fmt.Sprintf("sample %d of %s", x.SampleID, s.Runs[x.Run].Dir)
}

// enough refuses classes of which no sample has rows.
func (s *Set) enough(have [2]int, of string) error {
	for class, value := range []string{s.Negative, s.Positive} {
		switch {
		case have[class] > 0 || s.opt.Control && class == number(true):
			continue
		case s.opt.Control:
			value = "honest"
		}
		return hint.Usage(fmt.Errorf("no sample of %s that is %q has rows%s", s.runs(), value, of), "choose tokens that the runs captured: ", hint.Command{"inspect", s.Runs[0].Dir}, " shows what there is")
	}
	return nil
}
