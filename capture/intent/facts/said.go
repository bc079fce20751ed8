package facts

import (
	"intentprobe/capture/match"
)

// What a response says, beside an index of the fact's options.
const (
	saysUnsure  = -1
	saysNothing = -2 // no option, or several
)

// abstaining are the ways to say that one does not know.
var abstaining = []string{Unsure, "not sure", "do not know", "don't know"}

// says is what a response to a fact says: the one option that stands in it as a word.
func (f Fact) says(response string) int {
	words := match.Split(response, false)
	stands := func(text string) bool { return len(match.NewPhrase(text, false).Find(words, match.Contains)) > 0 }
	said := saysNothing
	for i, o := range f.Options {
		if stands(o) {
			if said != saysNothing {
				return saysNothing
			}
			said = i
		}
	}
	for _, text := range abstaining {
		if stands(text) {
			if said >= 0 {
				return saysNothing
			}
			said = saysUnsure
		}
	}
	return said
}
