package python

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// What Python 3 prints for each.
func TestTextsAndNumbersAreWrittenAsPythonDoes(t *testing.T) {
	for in, want := range map[string]string{
		"a": "'a'", "it's": `"it's"`, `"it's"`: `'"it\'s"'`, "\n\t\\": `'\n\t\\'`,
		"\x07": `'\x07'`, "\u200b": `'\u200b'`, "\U000e0001": `'\U000e0001'`, "é": "'é'",
	} {
		assert.Equal(t, want, Quote(in))
	}
	for in, want := range map[float64]string{1: "1.0", 0.1: "0.1", 1e16: "1e+16", 1e-5: "1e-05", 123456789012345: "123456789012345.0"} {
		assert.Equal(t, want, Float(in))
	}
	assert.Equal(t, "00e9", Hex('é', 4))
}

func TestLettersAreChangedAsPythonDoes(t *testing.T) {
	assert.Equal(t, "STRASSE", Upper("straße"))
	assert.Equal(t, "It'S One-Two", Title("it's ONE-two"))
	assert.Equal(t, "It's One-Two (Three)", TitleWords("it's ONE-two (three)"))
	for r, want := range map[rune]bool{' ': true, '\x1c': true, '\u2003': true, 'a': false, '\u200b': false} {
		assert.Equal(t, want, IsSpace(r), "%U", r)
	}
}

func TestTimesAreWrittenAsPythonDoes(t *testing.T) {
	at := time.Date(2026, 3, 7, 15, 4, 5, 0, time.UTC)
	assert.Equal(t, "07 Mar 2026, 03:04 PM, 100%", Strftime(at, "%d %b %Y, %I:%M %p, 100%%"))
	assert.Equal(t, "7 %Q %", Strftime(at, "%-d %Q %"), "what is no directive stays")
}
