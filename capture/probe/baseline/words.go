package baseline

import (
	"math"
	"strings"
	"unicode"
)

// Words gives the words of a text, in lower case: runs of letters, digits and "_"; and each
// other sign that is no space by itself. They are those of the regular expression
// \w+|[^\w\s] of Python.
func Words(text string) (out []string) {
	start := -1
	text = strings.ToLower(text)
	for at, r := range text {
		word := unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_'
		if start >= 0 && !word {
			out = append(out, text[start:at])
			start = -1
		}
		switch {
		case word && start < 0:
			start = at
		case !word && !space(r):
			out = append(out, string(r))
		}
	}
	if start >= 0 {
		out = append(out, text[start:])
	}
	return out
}

// space is what \s matches: Unicode's white space, and four separators of ASCII.
func space(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// countWords counts words, or with pairs two that follow each other.
func countWords(text string, pairs bool) counted {
	out := counted{}
	words := Words(text)
	for i, w := range words {
		if !pairs {
			out[w]++
		} else if i > 0 {
			out[words[i-1]+" "+w]++
		}
	}
	return out
}

// logCount is what a count is worth: ln(1 + n).
func logCount(n int) float64 { return math.Log1p(float64(n)) }

// bag is the bag of words of texts of the items.
func bag(items []Item, pairs bool, text func(*Item) string) *features {
	counts := make([]counted, len(items))
	for i := range items {
		counts[i] = countWords(text(&items[i]), pairs)
	}
	return vocabulary(items, counts, logCount)
}

// values has a column of each value of a key, 1 where an item has it.
func values(items []Item, of func(*Item) string) *features {
	counts := make([]counted, len(items))
	for i := range items {
		if v := of(&items[i]); v != "" {
			counts[i] = counted{v: 1}
		}
	}
	return vocabulary(items, counts, func(int) float64 { return 1 })
}
