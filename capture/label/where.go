package label

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// Conditions are values that label tables, columns of samples, or keys of their rows must have.
type Conditions map[string]string

// ParseConditions reads conditions KEY=VALUE. Errors are *hint.UsageError.
func ParseConditions(texts []string) (Conditions, error) {
	conditions := Conditions{}
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, hint.Usage(fmt.Errorf("the condition %q is not KEY=VALUE", text), "for example ", hint.Option("where"), " split=test")
		}
		if _, twice := conditions[key]; twice {
			return nil, hint.Usage(fmt.Errorf("two conditions name %q", key), "conditions must all hold: one a key")
		}
		conditions[key] = value
	}
	return conditions, nil
}

// reading gives what a condition's key stands for in a sample.
type reading func(*rundir.Sample) (string, bool)

// readings are those of the keys of conditions, as [Of] reads a name: a label table, NAME or
// NAME@VERSION, else a column or a key of the row. Where a table labels no follow-up, each has
// the label of what it follows.
func (c Conditions) readings(dir string, samples []rundir.Sample) (map[string]reading, error) {
	out := map[string]reading{}
	for key := range c {
		out[key] = func(s *rundir.Sample) (string, bool) { return valueOf(s, key) }
		name, version, err := parseTableName(key)
		if err != nil {
			continue
		}
		table, err := labels.Read(dir, name, version)
		switch {
		case errors.Is(err, labels.ErrNone) && version == 0:
		case err != nil:
			return nil, advise(err, dir)
		default:
			out[key] = ofTable(table, samples)
		}
	}
	return out, nil
}

func ofTable(t *labels.Table, samples []rundir.Sample) reading {
	of := make(map[int64]string, len(t.Labels))
	for _, l := range t.Labels {
		of[l.SampleID] = l.Value
	}
	inherit := !slices.ContainsFunc(samples, func(s rundir.Sample) bool {
		_, labelled := of[s.SampleID]
		return labelled && isFollowup(&s)
	})
	return func(s *rundir.Sample) (string, bool) {
		id := s.SampleID
		if inherit && isFollowup(s) {
			id = *s.ParentSampleID
		}
		value, ok := of[id]
		return value, ok
	}
}

// Of says which samples of a run all conditions hold of, follow-ups too.
func (c Conditions) Of(dir string, samples []rundir.Sample) (func(*rundir.Sample) bool, error) {
	readings, err := c.readings(dir, samples)
	if err != nil {
		return nil, err
	}
	return func(s *rundir.Sample) bool {
		for key, want := range c {
			if value, ok := readings[key](s); !ok || value != want {
				return false
			}
		}
		return true
	}, nil
}

// where is Where for a run that was read.
func (r *run) where(texts []string) ([]*rundir.Sample, error) {
	return Where(r.dir, r.samples, texts)
}

// Where gives the samples of a run, of which there must be one at least, for which all
// conditions KEY=VALUE hold: KEY is a label table (NAME, or NAME@VERSION), a column, or a key of
// the data set's row. Follow-ups are left out, unless a condition names the column followup. The error is a
// *hint.UsageError.
func Where(dir string, samples []rundir.Sample, texts []string) ([]*rundir.Sample, error) {
	return where(dir, samples, texts, false)
}

// WithFollowups is Where with the follow-ups for which the conditions hold.
func WithFollowups(dir string, samples []rundir.Sample, texts []string) ([]*rundir.Sample, error) {
	return where(dir, samples, texts, true)
}

func where(dir string, samples []rundir.Sample, texts []string, followups bool) ([]*rundir.Sample, error) {
	conditions, err := ParseConditions(texts)
	if err != nil {
		return nil, err
	}
	if _, named := conditions["followup"]; named {
		followups = true
	}
	readings, err := conditions.readings(dir, samples)
	if err != nil {
		return nil, err
	}
	var out []*rundir.Sample
	known := map[string]bool{}
	for i := range samples {
		s := &samples[i]
		fits := followups || !isFollowup(s)
		for key, want := range conditions {
			value, ok := readings[key](s)
			known[key] = known[key] || ok
			fits = fits && ok && value == want
		}
		if fits {
			out = append(out, s)
		}
	}
	for key := range conditions {
		if !known[key] {
			return nil, noKey(key, &samples[0], "; ", hint.Command{"inspect", dir}, " shows what the samples have")
		}
	}
	if len(out) == 0 {
		return nil, hint.Usage(fmt.Errorf("no sample of %s fits %s", dir, strings.Join(texts, " and ")), hint.Command{"inspect", dir}, " shows what the samples have")
	}
	return out, nil
}
