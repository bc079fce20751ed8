package studyfile

import (
	"regexp"
	"slices"
	"strings"

	"intentprobe/capture/intent"
)

// checkReadOut: the halves of a pair say the same words.
func (f *File) checkReadOut() error {
	if f.ReadOut == nil {
		return nil
	}
	if len(f.ReadOut.Controls) == 0 {
		return f.wrong("write controls: {recital: {...}, sarcasm: {...}}", "read_out has no controls")
	}
	made := newReadOut()
	for i, family := range f.drawn(intent.Size{Families: len(f.Families)}) {
		for wording := range f.Wordings {
			if err := f.wording(family, i, wording, f.Wordings).tell(made); err != nil {
				return err
			}
		}
	}
	for i := 0; i+1 < len(made.Pairs); i += 2 {
		lie, truth := made.Pairs[i], made.Pairs[i+1]
		if lie.Prompt == truth.Prompt {
			return f.wrong("exchange what is so in one of them", "read_out: the halves of pair %s are the same", lie.Pair)
		}
		if !slices.Equal(wordsOf(lie.Prompt), wordsOf(truth.Prompt)) {
			return f.wrong("let both halves say the same words in another order: a probe that reads the words would look like one that reads a lie", "read_out: the halves of pair %s do not say the same words", lie.Pair)
		}
	}
	return nil
}

var word = regexp.MustCompile(`[\p{L}\p{N}]+`)

// wordsOf are the words of a text in alphabetical order, in small letters.
func wordsOf(text string) []string {
	words := word.FindAllString(strings.ToLower(text), -1)
	slices.Sort(words)
	return words
}
