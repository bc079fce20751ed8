package vector

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/label"
	"intentprobe/storage/rundir"
)

// Classes of samples.
const (
	positive = iota
	negative
)

// sample is one that is of a class.
type sample struct {
	*rundir.Sample
	class  int
	chosen []bool // of its rows, those that were chosen; nil: all
	none   bool   // it has no row that was chosen
}

// classes gives the samples of both classes, in order of their ids. Samples of neutral
// questions and of arms that edit are left out, unless a condition names their column.
func classes(dir string, all []rundir.Sample, o *Options) (out []sample, what string, err error) {
	if len(all) == 0 {
		return nil, "", hint.Usage(fmt.Errorf("%s has no samples", dir), "finish it: ", hint.Command{"resume", dir})
	}
	chosen, err := label.Where(dir, all, o.Where)
	if err != nil {
		return nil, "", err
	}
	names := func(column string) bool {
		return slices.ContainsFunc(o.Where, func(w string) bool { return strings.HasPrefix(w, column+"=") })
	}
	chosen = slices.DeleteFunc(chosen, func(s *rundir.Sample) bool {
		return s.Stage != nil && !names("stage") || s.Arm != nil && *s.Arm != "none" && !names("arm")
	})
	values, what, err := label.Of(dir, chosen, o.Label)
	if err != nil {
		return nil, "", err
	}
	counts := map[string]int{}
	for i, s := range chosen {
		switch counts[values[i]]++; values[i] {
		case "":
		case o.Positive:
			out = append(out, sample{Sample: s, class: positive})
		case o.Negative:
			out = append(out, sample{Sample: s, class: negative})
		}
	}
	delete(counts, "")
	for _, value := range []string{o.Positive, o.Negative} {
		if value == "" || counts[value] > 0 {
			continue
		}
		var there []string
		for _, v := range slices.Sorted(maps.Keys(counts)) {
			there = append(there, fmt.Sprintf("%s %d", v, counts[v]))
		}
		if len(there) == 0 {
			there = []string{"none"}
		}
		return nil, "", hint.Usage(fmt.Errorf("no sample of %s has the value %q of %s", dir, value, what), "its values are: "+list(there))
	}
	return out, what, nil
}

// enough refuses classes of which one has no rows, and counts what is left out.
func enough(dir string, samples []sample, o *Options) (without int64, err error) {
	var have [2]int
	for i := range samples {
		if samples[i].none {
			without++
		} else {
			have[samples[i].class]++
		}
	}
	for class, value := range []string{o.Positive, o.Negative} {
		if have[class] > 0 || value == "" {
			continue
		}
		said := "no sample of %s that is %q has rows"
		if o.Tokens != "" {
			return 0, hint.Usage(fmt.Errorf(said+" of the tokens %q", dir, value, o.Tokens), "choose tokens that the run captured, or none")
		}
		return 0, hint.Usage(fmt.Errorf(said, dir, value), hint.Command{"inspect", dir}, " shows what the run captured")
	}
	if o.Negative != "" && have[positive]+have[negative] < 3 {
		return 0, hint.Usage(errors.New("one sample a class shows no direction"), "use more samples: there must be 3 at least")
	}
	return without, nil
}
