package capture

import (
	"math/big"
	"slices"
	"strings"
	"unicode"
)

// numberReader reads the numbers in the words of a text: those written in English
// words, in digits, or in both ("3 million"), each as one word of digits.
type numberReader []word

// withNumbers gives the words with every number as one of them.
func withNumbers(all []word) (out []word) {
	r := numberReader(all)
	behind := false // the last word was a number
	for i := 0; i < len(r); {
		text, end := r.number(i, behind && r[i].gap == near)
		if behind = end > i; !behind {
			text, end = r[i].text, i+1
		}
		out = append(out, word{text: text, at: r[i].at, end: r[end-1].end, gap: r[i].gap})
		i = end
	}
	return out
}

// is says whether word i is one of these, and stands close behind the one before it.
func (r numberReader) is(i int, names ...string) bool {
	return i < len(r) && r[i].gap == near && slices.Contains(names, r[i].text)
}

// number reads the number that begins at word i and gives its digits and where it
// ends, which is i where there is none.
func (r numberReader) number(i int, behind bool) (text string, end int) {
	from, sign := i, ""
	if !behind && (r[i].text == "minus" || r[i].text == "negative") && i+1 < len(r) && r[i+1].gap == near {
		i, sign = i+1, "-"
	}
	if r[i].text == "one" && i > 0 && r[i].gap == near && r[i-1].text == "no" {
		return "", from // nobody
	}
	if digits, plain := r.digits(i); plain && !r.goesOn(i+1, !strings.ContainsAny(digits, "./")) {
		return sign + digits, i + 1
	}
	value, end, kind := r.whole(i)
	switch {
	case end == i && !behind && r.smallOrdinal(i) > 0:
		return ordinal(int64(r.smallOrdinal(i))), i + 1
	case end == i:
		return "", from
	case kind == counts:
		return sign + ordinal(value.Num().Int64()), end
	}
	return sign + decimal(value), end
}

// digits gives a word of digits as it stands, with a zero before a point.
func (r numberReader) digits(i int) (text string, ok bool) {
	text = r[i].text
	bare := strings.TrimPrefix(text, "-")
	if bare == "" || strings.ContainsFunc(bare, func(c rune) bool { return !unicode.IsDigit(c) && c != '.' && c != '/' }) {
		return text, false
	}
	if value, ok := new(big.Rat).SetString(bare); ok && strings.Contains(bare, "/") && value.Cmp(big.NewRat(1, 1)) < 0 {
		bare = decimal(value)
	}
	if strings.HasPrefix(bare, ".") {
		bare = "0" + bare
	}
	return text[:len(text)-len(strings.TrimPrefix(text, "-"))] + bare, true
}

// goesOn says whether the word is one with which a number in digits goes on.
func (r numberReader) goesOn(i int, isWhole bool) bool {
	if i >= len(r) || r[i].gap != near {
		return false
	}
	_, part := r.fraction(i, 2)
	_, end := r.andPart(i)
	return r.scale(i) || part || r.is(i, "hundred", "third", "quarter") || end > i || isWhole && isFraction(r[i].text)
}

// andPart reads what a fraction adds to a whole number: and a half, and three quarters.
func (r numberReader) andPart(i int) (part *big.Rat, end int) {
	if !r.is(i, "and") || i+1 >= len(r) || r[i+1].gap != near {
		return nil, i
	}
	n, at, kind := r.below100(i + 1)
	if r.is(i+1, "a", "an") {
		n, at = 1, i+2
	}
	if parts, ok := r.fraction(at, n); ok && n > 0 && kind == amount {
		return big.NewRat(n, parts), at + 1
	}
	return nil, i
}

// isFraction says whether a word is a fraction below one in digits.
func isFraction(text string) bool {
	value, ok := new(big.Rat).SetString(text)
	return ok && strings.Contains(text, "/") && value.Sign() > 0 && value.Cmp(big.NewRat(1, 1)) < 0
}

// fraction reads what makes parts of a number: third, or thirds of more than one.
func (r numberReader) fraction(i int, of int64) (parts int64, ok bool) {
	if i >= len(r) || r[i].gap != near {
		return 0, false
	}
	name := r[i].text
	if of != 1 {
		if name == "halves" {
			return 2, true
		}
		single, plural := strings.CutSuffix(name, "s")
		if !plural {
			return 0, false
		}
		name = single
		if scale, th, ok := scaleOf(name); ok && th {
			return scale, true
		}
		if tenth := slices.Index(tenths, name); tenth > 1 {
			return int64(10 * tenth), true
		}
	}
	switch name {
	case "half":
		return 2, true
	case "quarter":
		return 4, true
	case "hundredth":
		return 100, of != 1
	case "second", "first":
		return 0, false
	}
	n := slices.Index(ordinals, name)
	return int64(n), n > 2
}

// decimal writes a number with as many places as it has; one that has no end as a
// fraction.
func decimal(value *big.Rat) string {
	places, exact := value.FloatPrec()
	if !exact {
		return value.String()
	}
	return value.FloatString(places)
}

// ordinal writes 21 as 21st.
func ordinal(n int64) string {
	ending := "th"
	if n%100 < 11 || n%100 > 13 {
		ending = map[int64]string{1: "st", 2: "nd", 3: "rd"}[n%10]
	}
	if ending == "" {
		ending = "th"
	}
	return big.NewInt(n).String() + ending
}
