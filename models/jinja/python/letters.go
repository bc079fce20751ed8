package python

import (
	"strings"
	"unicode"
)

// IsSpace is Python's str.isspace.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || (r >= 0x1c && r <= 0x1f) }

// Upper is Python's str.upper: one letter may become two.
func Upper(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }

// Title is Python's str.title: it begins every run of letters with a capital.
func Title(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = unicode.IsLetter(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

// TitleWords is Jinja's filter title: it begins every word with a capital, a word being what space, - and
// opening brackets part.
func TitleWords(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = IsSpace(r) || strings.ContainsRune("-({[<", r)
		if was {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}
