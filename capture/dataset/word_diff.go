package dataset

import (
	"strings"
	"unicode"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// wordDiff compares two texts word by word. It gives what one has and the other
// lacks as [-this-]{+that+}, long stretches that both have cut to their ends, and
// how many words differ, spaces not counted.
func wordDiff(a, b string) (text string, words int) {
	var numbers alphabet
	x, y := numbers.runes(splitWords(a)), numbers.runes(splitWords(b))
	d := diffmatchpatch.New()
	diffs := d.DiffCleanupSemantic(d.DiffMainRunes(x, y, false))
	var out strings.Builder
	for i, diff := range diffs {
		part := numbers.words(diff.Text)
		switch diff.Type {
		case diffmatchpatch.DiffEqual:
			out.WriteString(ends(part, i == 0, i == len(diffs)-1))
			continue
		case diffmatchpatch.DiffDelete:
			out.WriteString("[-" + ends(part, false, false) + "-]")
		case diffmatchpatch.DiffInsert:
			out.WriteString("{+" + ends(part, false, false) + "+}")
		}
		words += len(strings.Fields(strings.Join(part, "")))
	}
	return out.String(), words
}

// splitWords cuts a text into words, single marks, and the spaces between them.
func splitWords(s string) (out []string) {
	kind := func(r rune) int {
		switch {
		case unicode.IsSpace(r):
			return 1
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '\'', r == '_':
			return 2
		}
		return 3
	}
	from, before := 0, 0
	for i, r := range s {
		k := kind(r)
		if i > from && (k != before || k == 3) {
			out = append(out, s[from:i])
			from = i
		}
		before = k
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

// ends keeps the first and the last words of a long stretch; of the first of all
// only its end, of the last only its beginning.
func ends(words []string, first, last bool) string {
	const keep = 12
	if len(words) <= 2*keep+1 {
		return strings.Join(words, "")
	}
	head, tail := strings.Join(words[:keep], ""), strings.Join(words[len(words)-keep:], "")
	switch {
	case first:
		return "..." + tail
	case last:
		return head + "..."
	}
	return head + "..." + tail
}

// alphabet numbers words, so that a text becomes one letter a word.
type alphabet struct {
	numbers map[string]rune
	list    []string
}

// surrogates are no letters: numbers pass over them.
const (
	surrogates    = 0xD800
	surrogatesEnd = 0xE000
)

func (a *alphabet) runes(words []string) []rune {
	if a.numbers == nil {
		a.numbers = map[string]rune{}
	}
	out := make([]rune, len(words))
	for i, word := range words {
		n, there := a.numbers[word]
		if !there {
			if n = rune(len(a.list)); n >= surrogates {
				n += surrogatesEnd - surrogates
			}
			a.numbers[word] = n
			a.list = append(a.list, word)
		}
		out[i] = n
	}
	return out
}

func (a *alphabet) words(text string) (out []string) {
	for _, r := range text {
		if r >= surrogatesEnd {
			r -= surrogatesEnd - surrogates
		}
		out = append(out, a.list[r])
	}
	return out
}
