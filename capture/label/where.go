package label

import (
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// Conditions are values that columns of samples, or keys of their rows, must have.
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

// Fit says whether all conditions hold of a sample.
func (c Conditions) Fit(s *rundir.Sample) bool {
	for key, want := range c {
		if value, ok := valueOf(s, key); !ok || value != want {
			return false
		}
	}
	return true
}

// where is Where for a run that was read.
func (r *run) where(texts []string) ([]*rundir.Sample, error) {
	return Where(r.dir, r.samples, texts)
}

// Where gives the samples of a run, of which there must be one at least, for which all
// conditions KEY=VALUE hold: KEY is a column, or a key of the data set's row. Follow-ups
// are left out, unless a condition names the column followup. The error is a
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
	var out []*rundir.Sample
	known := map[string]bool{}
	for i := range samples {
		s := &samples[i]
		for key := range conditions {
			_, ok := valueOf(s, key)
			known[key] = known[key] || ok
		}
		if conditions.Fit(s) && (followups || !isFollowup(s)) {
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
