package match

import (
	"slices"
	"strings"
)

// The words of which numbers are made; their places are their values.
var (
	units = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tens     = []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	ordinals = []string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
		"thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"}
	tenths = []string{"", "", "twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"}
	scales = map[string]int64{"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "quadrillion": 1e15, "lakh": 1e5, "crore": 1e7}
)

// mostScale is above every scale.
const mostScale = 1e18

// scaleOf gives the scale of a word, also of millions; th says that it is that of an
// ordinal, millionth.
func scaleOf(word string) (scale int64, th, ok bool) {
	word, th = strings.CutSuffix(word, "th")
	if !th {
		word = strings.TrimSuffix(word, "s")
	}
	scale, ok = scales[word]
	return scale, th, ok
}

// numeral says what a number says: how many, or which one.
type numeral int

const (
	cardinal numeral = iota // how many: three
	ordinal                 // which one: third
)

// numberReader reads the numbers in the words of a text: those written in English
// words, in digits, or in both ("3 million"), each as one word of digits.
type numberReader []Word

// is says whether word i is one of these, and stands close after the one before it.
func (r numberReader) is(i int, names ...string) bool {
	return i < len(r) && r[i].gap == near && slices.Contains(names, r[i].Text)
}

// scale says whether word i multiplies the number before it: million, dozen.
func (r numberReader) scale(i int) bool {
	if i >= len(r) || r[i].gap != near {
		return false
	}
	_, th, ok := scaleOf(r[i].Text)
	return ok && !th || r[i].Text == "dozen"
}

// smallOrdinal gives the value of an ordinal of one word, 0 for any other word.
func (r numberReader) smallOrdinal(i int) int {
	if n := slices.Index(ordinals, r[i].Text); n > 0 {
		return n
	}
	if n := slices.Index(tenths, r[i].Text); n > 1 {
		return 10 * n
	}
	return 0
}

// below100 reads a number below a hundred.
func (r numberReader) below100(i int) (n int64, end int, k numeral) {
	if at := slices.Index(units, r[i].Text); at >= 0 {
		return int64(at), i + 1, cardinal
	}
	at := slices.Index(tens, r[i].Text)
	if at < 2 {
		return 0, i, cardinal
	}
	n, end = int64(10*at), i+1
	if end < len(r) && r[end].gap == near {
		if low := slices.Index(units, r[end].Text); low > 0 && low < 10 {
			return n + int64(low), end + 1, cardinal
		}
		if low := slices.Index(ordinals, r[end].Text); low > 0 && low < 10 {
			return n + int64(low), end + 1, ordinal
		}
	}
	return n, end, cardinal
}
