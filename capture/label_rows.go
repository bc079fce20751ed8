package capture

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// eachLabelLine calls add on the object of every line that is not blank.
func eachLabelLine(path string, text []byte, add func(place string, object *models.Object) error) error {
	return textfile.EachLine(path, text, textfile.MaxLineBytes, func(place, line string) error {
		object, err := textfile.ReadObject(place, line)
		if err != nil {
			return err
		}
		return add(place, object)
	})
}

// eachLabelRecord calls add on every row of a CSV file under its header.
func eachLabelRecord(path string, text []byte, add func(place string, object *models.Object) error) error {
	var names []string
	return textfile.EachRow(path, text, func(header []string) error {
		names = header
		for _, name := range header {
			if !slices.Contains(labelKeys, name) && !indexKey.MatchString(name) {
				return hint.Usage(fmt.Errorf("%s:1: no column %q in a file of labels", path, name), "nearest: "+strings.Join(hooks.Nearest(name, labelKeys), ", "))
			}
		}
		has := func(names ...string) bool {
			return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(header, n) })
		}
		if !has("value", "label") || !has("sample_id", "prompt_id") {
			return hint.Usage(fmt.Errorf("%s:1: the columns are %s", path, strings.Join(header, ", ")), "a file of labels has `sample_id` or `prompt_id`, and `value`")
		}
		return nil
	}, func(place string, cells []string) error {
		object := &models.Object{}
		for i, cell := range cells {
			if cell != "" {
				object.Set(names[i], models.QuoteJSON(cell))
			}
		}
		return add(place, object)
	})
}

// match finds the samples of the rows, each once, and checks the values.
func (l *labelling) match(rows []labelRow, values []string) ([]storage.Label, error) {
	ids := map[int64]bool{}
	prompts := map[string][]*storage.Sample{}
	for i := range l.samples {
		s := &l.samples[i]
		ids[s.SampleID] = true
		prompts[s.PromptID] = append(prompts[s.PromptID], s)
	}
	var out []storage.Label
	first := map[int64]string{} // the row that labelled a sample
	for _, r := range rows {
		if v := r.label.Value; values != nil && v != storage.Ambiguous && !slices.Contains(values, v) {
			return nil, hint.Usage(fmt.Errorf("%s: the value %q is none of %s", r.place, v, strings.Join(append(slices.Clone(values), storage.Ambiguous), ", ")),
				"mend it, or allow it with --values")
		}
		var of []int64
		if r.id != nil && ids[*r.id] {
			of = append(of, *r.id)
		}
		if r.prompt != nil {
			for _, s := range promptOf(prompts, *r.prompt) {
				if !isFollowup(s) && (r.sample == nil || s.Sample == *r.sample) {
					of = append(of, s.SampleID)
				}
			}
		}
		if len(of) == 0 {
			return nil, hint.Usage(fmt.Errorf("%s: the run has no sample %s", r.place, r.named()), "samples.prompt_id and samples.sample_id name those that it has")
		}
		for _, id := range of {
			if before, twice := first[id]; twice {
				return nil, hint.Usage(fmt.Errorf("%s: sample %d is labelled twice, first at %s", r.place, id, before), "keep one label a sample; another opinion is a table of another name")
			}
			first[id] = r.place
			label := r.label
			label.SampleID = id
			out = append(out, label)
		}
	}
	return out, nil
}

// promptOf gives the samples of a prompt; where none has its id, and it is a number
// that became a float, those of the number.
func promptOf(prompts map[string][]*storage.Sample, id string) []*storage.Sample {
	if n, err := wholeNumber(id, 64); err == nil && prompts[id] == nil && strings.HasPrefix(id, fmt.Sprintf("%d.", n)) {
		id = fmt.Sprint(n)
	}
	return prompts[id]
}

// named says which sample a row names.
func (r labelRow) named() string {
	switch {
	case r.id != nil:
		return fmt.Sprint(*r.id)
	case r.sample != nil:
		return fmt.Sprintf("%d of prompt %q", *r.sample, *r.prompt)
	}
	return fmt.Sprintf("of prompt %q", *r.prompt)
}
