package baseline

import "unicode"

// Form gives what a text looks like, word by word: "word", "Word", "WORD", "wOrd" or "number"
// for each word by its letters, each sign as it is, and white space that is not one space
// between others as it is.
func Form(text string) (out []string) {
	runes := []rune(text)
	for at := 0; at < len(runes); {
		kind, end := kindOf(runes[at]), at+1
		for kind != sign && end < len(runes) && kindOf(runes[end]) == kind {
			end++
		}
		switch of := string(runes[at:end]); {
		case kind == word:
			out = append(out, shape(of))
		case kind == sign || of != " " || at == 0 || end == len(runes):
			out = append(out, of)
		}
		at = end
	}
	return out
}

// Kinds of runes.
const (
	word = iota
	sign
	blank
)

func kindOf(r rune) int {
	switch {
	case unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_':
		return word
	case space(r):
		return blank
	}
	return sign
}

// shape is how the letters of a word are written.
func shape(text string) string {
	upper, letters, first := 0, 0, false
	for at, r := range text {
		if unicode.IsUpper(r) {
			upper++
			first = first || at == 0
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case letters == 0:
		return "number"
	case upper == 0:
		return "word"
	case upper == letters && upper > 1:
		return "WORD"
	case upper == 1 && first:
		return "Word"
	}
	return "wOrd"
}
