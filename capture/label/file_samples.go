package label

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// named gives labels of the samples that the rows name, each once, and checks the values.
func (r *run) named(rows []fileRow, values []string) ([]labels.Label, error) {
	ids := map[int64]bool{}
	prompts := map[string][]*rundir.Sample{}
	for i := range r.samples {
		s := &r.samples[i]
		ids[s.SampleID] = true
		prompts[s.PromptID] = append(prompts[s.PromptID], s)
	}
	var out []labels.Label
	first := map[int64]string{} // the row that labelled a sample
	for _, row := range rows {
		if v := row.label.Value; values != nil && v != labels.Ambiguous && !slices.Contains(values, v) {
			return nil, hint.Usage(fmt.Errorf("%s: the value %q is none of %s", row.place, v, strings.Join(append(slices.Clone(values), labels.Ambiguous), ", ")),
				"correct it, or allow it with ", hint.Option("values"))
		}
		var of []int64
		if row.id != nil && ids[*row.id] {
			of = append(of, *row.id)
		}
		if row.prompt != nil {
			for _, s := range samplesOf(prompts, *row.prompt) {
				if !isFollowup(s) && row.fits(s) {
					of = append(of, s.SampleID)
				}
			}
			if row.sample != nil && row.arm == nil && len(of) > 1 {
				return nil, hint.Usage(fmt.Errorf("%s: the sample %s is there in %d arms, with a response in each", row.place, row.name(), len(of)),
					"name one in the column `arm`, or leave `sample` out to label all samples of the prompt")
			}
		}
		if len(of) == 0 {
			return nil, hint.Usage(fmt.Errorf("%s: the run has no sample %s", row.place, row.name()), "samples.prompt_id and samples.sample_id name those that it has")
		}
		for _, id := range of {
			if before, twice := first[id]; twice {
				return nil, hint.Usage(fmt.Errorf("%s: sample %d is labelled twice, first at %s", row.place, id, before), "keep one label a sample; another opinion is a table of another name")
			}
			first[id] = row.place
			label := row.label
			label.SampleID = id
			out = append(out, label)
		}
	}
	return out, nil
}

// samplesOf gives the samples of a prompt; where none has its id, and it is a number
// that became a float, those of the number.
func samplesOf(prompts map[string][]*rundir.Sample, id string) []*rundir.Sample {
	if n, err := wholeNumber(id, 64); err == nil && prompts[id] == nil && strings.HasPrefix(id, fmt.Sprintf("%d.", n)) {
		id = fmt.Sprint(n)
	}
	return prompts[id]
}

// fits says whether a sample of the row's prompt is one that it names.
func (r fileRow) fits(s *rundir.Sample) bool {
	return (r.sample == nil || s.Sample == *r.sample) && (r.arm == nil || s.Arm != nil && *s.Arm == *r.arm)
}

// name says which sample a row names.
func (r fileRow) name() string {
	if r.id != nil {
		return fmt.Sprint(*r.id)
	}
	name := fmt.Sprintf("of prompt %q", *r.prompt)
	if r.sample != nil {
		name = fmt.Sprintf("%d %s", *r.sample, name)
	}
	if r.arm != nil {
		name += fmt.Sprintf(" in the arm %q", *r.arm)
	}
	return name
}
