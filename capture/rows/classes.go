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
	Followups          bool     // follow-ups count, too
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

// Chosen are the samples that are of a class.
type Chosen struct {
	Samples []Sample       // in order of their ids
	What    string         // what the label is, as label.Of says it; empty where all are of one class
	Counts  map[string]int // samples that fit the conditions, by their values of the label
	Have    [2]int         // of each class
}

// Of gives the samples of both classes, of which each must have some; all are those of the
// run in dir. Errors are those of Choose, or *hint.UsageError.
func (c *Classes) Of(dir string, all []rundir.Sample) (*Chosen, error) {
	out, err := c.Choose(dir, all)
	if err != nil {
		return nil, err
	}
	for class, value := range []string{c.Positive, c.Negative} {
		if value != "" && out.Have[class] == 0 {
			return nil, out.No(dir, value)
		}
	}
	return out, nil
}

// Choose is Of for a run that may lack a class. Samples of neutral questions and of arms
// that edit are left out, and so are follow-ups where they do not count, unless a condition
// names their column.
// Errors are *hint.UsageError, or come from the files.
func (c *Classes) Choose(dir string, all []rundir.Sample) (*Chosen, error) {
	chosen, err := c.fitting(dir, all)
	if err != nil {
		return nil, err
	}
	values, what, err := labelled(dir, all, chosen, c.Label)
	if err != nil {
		return nil, err
	}
	out := &Chosen{What: what, Counts: map[string]int{}}
	for i, place := range places(all, chosen) {
		x := Sample{Sample: chosen[i], place: place}
		switch out.Counts[values[i]]++; values[i] {
		case "":
		case c.Positive:
			out.add(x)
		case c.Negative:
			x.Class = Negative
			out.add(x)
		}
	}
	delete(out.Counts, "")
	return out, nil
}

// All gives the samples that fit the conditions, whatever their labels, as being of one
// class. Errors are those of Choose.
func (c *Classes) All(dir string, all []rundir.Sample, class int) (*Chosen, error) {
	chosen, err := c.fitting(dir, all)
	if err != nil {
		return nil, err
	}
	out := &Chosen{}
	for i, place := range places(all, chosen) {
		out.add(Sample{Sample: chosen[i], Class: class, place: place})
	}
	return out, nil
}

// fitting gives the samples that fit the conditions.
func (c *Classes) fitting(dir string, all []rundir.Sample) ([]*rundir.Sample, error) {
	if len(all) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s has no samples", dir), "finish it: ", hint.Command{"resume", dir})
	}
	where := label.Where
	if c.Followups {
		where = label.WithFollowups
	}
	chosen, err := where(dir, all, c.Where)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(chosen, func(s *rundir.Sample) bool {
		return s.Stage != nil && !c.names("stage") || s.Arm != nil && *s.Arm != "none" && !c.names("arm")
	}), nil
}

// places are those of the chosen among all, which are in the same order.
func places(all []rundir.Sample, chosen []*rundir.Sample) (out []int) {
	place := 0
	for _, s := range chosen {
		for &all[place] != s {
			place++
		}
		out = append(out, place)
	}
	return out
}

func (c *Chosen) add(x Sample) {
	x.Index = len(c.Samples)
	c.Samples = append(c.Samples, x)
	c.Have[x.Class]++
}

// names says whether a condition names a column.
func (c *Classes) names(column string) bool {
	return slices.ContainsFunc(c.Where, func(w string) bool { return strings.HasPrefix(w, column+"=") })
}

// No is the error that no sample of a run has a value of the label.
func (c *Chosen) No(dir, value string) error {
	var there []string
	for _, v := range slices.Sorted(maps.Keys(c.Counts)) {
		there = append(there, fmt.Sprintf("%s %d", v, c.Counts[v]))
	}
	if len(there) == 0 {
		there = []string{"none"}
	}
	return hint.Usage(fmt.Errorf("no sample of %s has the value %q of %s", dir, value, c.What), "its values are: "+plural.List(there, 10))
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
