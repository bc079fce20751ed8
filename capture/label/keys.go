package label

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/hooks"
	"intentprobe/models/chat"
	"intentprobe/storage/rundir"
)

// isFollowup says whether a sample is a follow-up: a question that was asked after
// another sample's response.
func isFollowup(s *rundir.Sample) bool { return s.ParentSampleID != nil }

// metaOf gives the other keys of a sample's row, as JSON.
func metaOf(s *rundir.Sample) map[string]json.RawMessage {
	var meta map[string]json.RawMessage
	json.Unmarshal([]byte(s.Meta), &meta) // written as JSON
	return meta
}

// valueOf gives what a key stands for in a sample: a column, else a key of its row. A list
// or an object is given as JSON.
func valueOf(s *rundir.Sample, key string) (string, bool) {
	if value := s.Keys()[key]; value != nil {
		return *value, true
	}
	value := metaOf(s)[key]
	text, err := textfile.Scalar(value)
	switch {
	case err != nil: // a list or an object
		return string(value), true
	case text == nil:
		return "", false
	}
	return *text, true
}

// errNoText says that there is nothing of a name.
var errNoText = errors.New("there is nothing of this name")

// textsOf gives what stands under a key of a sample's row: a text, a number, or a list of
// them, which may also stand in a text as JSON; else what a column of that name holds. The
// error is errNoText where there is neither.
func textsOf(s *rundir.Sample, key string) ([]string, error) {
	value := metaOf(s)[key]
	if chat.TypeOf(value) != "null" {
		return textfile.Texts(value)
	}
	text, ok := valueOf(s, key)
	if !ok {
		return nil, errNoText
	}
	return []string{text}, nil
}

// keysOf names what textsOf knows of a sample.
func keysOf(s *rundir.Sample) (out []string) {
	for key := range metaOf(s) {
		if _, err := textsOf(s, key); err == nil {
			out = append(out, key)
		}
	}
	for key, value := range s.Keys() {
		if value != nil {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// placeOf names a sample in errors.
func placeOf(s *rundir.Sample) string {
	return fmt.Sprintf("sample %d (%s)", s.SampleID, PromptOf(s.PromptID, s.Arm))
}

// PromptOf names the prompt of a sample, and its arm where it has one, for people.
func PromptOf(prompt string, arm *string) string {
	if arm == nil {
		return "prompt " + prompt
	}
	return fmt.Sprintf("prompt %s, arm %s", prompt, *arm)
}

// noKey says that a sample has no such key, and which are near; or that there is
// something else under it than a text, a number or a list of them. more follows the hint.
func noKey(key string, s *rundir.Sample, more ...any) error {
	if value, there := metaOf(s)[key]; there {
		return hint.Usage(fmt.Errorf("%s: the key %q of its row is %s", placeOf(s), key, chat.TypeOf(value)),
			append([]any{"give the key a text, a number, or a list of them"}, more...)...)
	}
	return hint.Usage(fmt.Errorf("%s: its row has no key %q", placeOf(s), key),
		append([]any{"nearest keys: " + strings.Join(hooks.Nearest(key, keysOf(s)), ", ")}, more...)...)
}
