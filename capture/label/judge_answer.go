package label

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/match"
	"intentprobe/storage/labels"
)

// answerValues finds values in a judge's answers.
type answerValues []answerValue

type answerValue struct {
	value string
	words []string
}

// newAnswerValues refuses values that an answer could not hold, or that could not be told
// apart in it.
func newAnswerValues(values []string) (answerValues, error) {
	var out answerValues
	for _, v := range values {
		a := answerValue{value: v}
		for _, w := range match.Words(v) {
			a.words = append(a.words, w.Text)
		}
		if len(a.words) == 0 {
			return nil, hint.Usage(fmt.Errorf("the value %q has no word that could stand in an answer", v), "name values by words")
		}
		for _, other := range out {
			if slices.Equal(other.words, a.words) {
				return nil, hint.Usage(fmt.Errorf("the values %q and %q are the same words", other.value, v), "case and punctuation do not count; use other words")
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// first gives the value that stands first in an answer, as whole words; ambiguous where
// there is none, or where several begin at the same place.
func (values answerValues) first(answer string) string {
	all := match.Words(answer)
	for i := range all {
		var found []string
		for _, v := range values {
			if end := i + len(v.words); end <= len(all) && slices.EqualFunc(v.words, all[i:end], func(a string, b match.Word) bool { return a == b.Text }) {
				found = append(found, v.value)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0]
		default:
			return labels.Ambiguous
		}
	}
	return labels.Ambiguous
}
