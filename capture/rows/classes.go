package rows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// Classes of samples.
const (
	Positive = iota
	Negative
)

// Classes say which samples are of which class.
type Classes struct {
	Label              string   // label table, NAME or NAME@VERSION; or a column of samples, or a key of the row
	Positive, Negative string   // its values; an empty one: there is no such class
	Where              []string // KEY=VALUE: conditions on samples, all of which hold
}

// Sample is one that is of a class.
type Sample struct {
	*rundir.Sample
	Class int  // Positive or Negative
	Index int  // its place among the samples of a class
	None  bool // it has no row that was chosen

	chosen []bool // of its rows, those that were chosen; nil: all
	place  int    // among all samples of the run
}

// Of gives the samples of both classes, in order of their ids; all are those of the run in
// dir. What says what the label is, as label.Of does. Samples of neutral questions and of
// arms that edit are left out, unless a condition names their column. Errors are
// *hint.UsageError, or come from the files.
func (c *Classes) Of(dir string, all []rundir.Sample) (out []Sample, what string, err error) {
	if len(all) == 0 {
		return nil, "", hint.Usage(fmt.Errorf("%s has no samples", dir), "finish it: ", hint.Command{"resume", dir})
	}
	chosen, err := label.Where(dir, all, c.Where)
	if err != nil {
		return nil, "", err
	}
	chosen = slices.DeleteFunc(chosen, func(s *rundir.Sample) bool {
		return s.Stage != nil && !c.names("stage") || s.Arm != nil && *s.Arm != "none" && !c.names("arm")
	})
	values, what, err := label.Of(dir, chosen, c.Label)
	if err != nil {
		return nil, "", err
	}
	counts := map[string]int{}
	place := 0
	for i, s := range chosen {
		for &all[place] != s {
			place++
		}
		x := Sample{Sample: s, Index: len(out), place: place}
		switch counts[values[i]]++; values[i] {
		case "":
		case c.Positive:
			out = append(out, x)
		case c.Negative:
			x.Class = Negative
			out = append(out, x)
		}
	}
	delete(counts, "")
	for _, value := range []string{c.Positive, c.Negative} {
		if value != "" && counts[value] == 0 {
			return nil, "", noValue(dir, value, what, counts)
		}
	}
	return out, what, nil
}

// names says whether a condition names a column.
func (c *Classes) names(column string) bool {
	return slices.ContainsFunc(c.Where, func(w string) bool { return strings.HasPrefix(w, column+"=") })
}

// noValue is the error that no sample has a value of the label.
func noValue(dir, value, what string, counts map[string]int) error {
	var there []string
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		there = append(there, fmt.Sprintf("%s %d", v, counts[v]))
	}
	if len(there) == 0 {
		there = []string{"none"}
	}
	return hint.Usage(fmt.Errorf("no sample of %s has the value %q of %s", dir, value, what), "its values are: "+plural.List(there, 10))
}

// Enough refuses samples of which a class has no rows. It gives how many of each class have
// some, and how many of both have none and are left out. The error is a *hint.UsageError.
func (s *Source) Enough(c *Classes) (have [2]int, without int64, err error) {
	for i := range s.Samples {
		if x := &s.Samples[i]; x.None {
			without++
		} else {
			have[x.Class]++
		}
	}
	for class, value := range []string{c.Positive, c.Negative} {
		if have[class] > 0 || value == "" {
			continue
		}
		said := "no sample of %s that is %q has rows"
		if s.Tokens != "" {
			return have, 0, hint.Usage(fmt.Errorf(said+" of the tokens %q", s.Run.Dir, value, s.Tokens), "choose tokens that the run captured, or none")
		}
		return have, 0, hint.Usage(fmt.Errorf(said, s.Run.Dir, value), hint.Command{"inspect", s.Run.Dir}, " shows what the run captured")
	}
	return have, without, nil
}
