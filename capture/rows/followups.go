package rows

import (
	"intentprobe/capture/label"
	"intentprobe/storage/rundir"
)

// labelled gives what a label says of samples, as label.Of does. Where a table labels no
// follow-up, each has the label of the answer that it asks about.
func labelled(dir string, all []rundir.Sample, chosen []*rundir.Sample, name string) (values []string, what string, err error) {
	values, what, err = label.Of(dir, chosen, name)
	if err != nil {
		return nil, "", err
	}
	var of []int // follow-ups
	for i, s := range chosen {
		switch {
		case s.ParentSampleID == nil:
		case values[i] != "":
			return values, what, nil
		default:
			of = append(of, i)
		}
	}
	if of == nil {
		return values, what, nil
	}
	byID := make(map[int64]*rundir.Sample, len(all))
	for i := range all {
		byID[all[i].SampleID] = &all[i]
	}
	answers := make([]*rundir.Sample, len(of))
	for k, i := range of {
		if answers[k] = byID[*chosen[i].ParentSampleID]; answers[k] == nil {
			answers[k] = chosen[i] // of a run that lost it
		}
	}
	given, _, err := label.Of(dir, answers, name)
	if err != nil {
		return values, what, nil //nolint:nilerr // the answers have no such key either
	}
	for k, i := range of {
		values[i] = given[k]
	}
	return values, what, nil
}
