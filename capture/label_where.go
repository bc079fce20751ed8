package capture

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// sampleColumns gives the columns of samples by which a sample is chosen or asked
// about; nil where one is null.
func sampleColumns(s *storage.Sample) map[string]*string { return s.Keys() }

// isFollowup says whether a sample is a question that was asked behind another's
// response.
func isFollowup(s *storage.Sample) bool { return s.ParentSampleID != nil }

// metaOf gives the other keys of a sample's row, as JSON.
func metaOf(s *storage.Sample) map[string]json.RawMessage {
	var meta map[string]json.RawMessage
	json.Unmarshal([]byte(s.Meta), &meta) // written as JSON
	return meta
}

// sampleKey gives what a key stands for in a sample: a column, else a key of its row.
// A list or an object is given as JSON.
func sampleKey(s *storage.Sample, key string) (string, bool) {
	if value := sampleColumns(s)[key]; value != nil {
		return *value, true
	}
	value := metaOf(s)[key]
	text, err := wantScalar(value)
	switch {
	case err != nil: // a list or an object
		return string(value), true
	case text == nil:
		return "", false
	}
	return *text, true
}

// keysOf names what answersOf knows of a sample.
func keysOf(s *storage.Sample) (out []string) {
	for key := range metaOf(s) {
		if _, err := answersOf(s, key); err == nil {
			out = append(out, key)
		}
	}
	for key, value := range sampleColumns(s) {
		if value != nil {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// noKey says that a sample has no such key, and which are near; or that there is
// something else under it than a text, a number or a list of them.
func noKey(key string, s *storage.Sample, more string) error {
	place := fmt.Sprintf("sample %d (prompt %s)", s.SampleID, s.PromptID)
	if value, there := metaOf(s)[key]; there {
		return hint.Usage(fmt.Errorf("%s: the key %q of its row is %s", place, key, models.TypeOf(value)), "give the key a text, a number, or a list of them"+more)
	}
	return hint.Usage(fmt.Errorf("%s: its row has no key %q", place, key), "nearest keys: "+strings.Join(hooks.Nearest(key, keysOf(s)), ", ")+more)
}

// chosen gives the samples for which all conditions hold. Questions asked behind a
// response are left out, unless a condition names the column followup.
func (l *labelling) chosen(where []string) ([]*storage.Sample, error) {
	conditions := map[string]string{}
	for _, text := range where {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, hint.Usage(fmt.Errorf("--where %q is not KEY=VALUE", text), "for example --where split=test")
		}
		if _, twice := conditions[key]; twice {
			return nil, hint.Usage(fmt.Errorf("--where names %q twice", key), "conditions must all hold: one a key")
		}
		conditions[key] = value
	}
	_, followups := conditions["followup"]
	var out []*storage.Sample
	known := map[string]bool{}
	for i := range l.samples {
		s := &l.samples[i]
		all := followups || !isFollowup(s)
		for key, want := range conditions {
			value, ok := sampleKey(s, key)
			known[key] = known[key] || ok
			all = all && ok && value == want
		}
		if all {
			out = append(out, s)
		}
	}
	for key := range conditions {
		if !known[key] {
			return nil, noKey(key, &l.samples[0], "; `capture inspect` shows what the samples have")
		}
	}
	if len(out) == 0 {
		return nil, hint.Usage(fmt.Errorf("no sample of %s fits --where %s", l.dir, strings.Join(where, " --where ")), "`capture inspect` shows what the samples have")
	}
	return out, nil
}
