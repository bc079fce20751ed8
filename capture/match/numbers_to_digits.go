package match

import "strings"

// withNumbers gives the words with every number as one of them.
func withNumbers(all []Word) (out []Word) {
	r := numberReader(all)
	afterNumber := false // the last word was a number
	for i := 0; i < len(r); {
		text, end := r.number(i, afterNumber && r[i].gap == near)
		if afterNumber = end > i; !afterNumber {
			text, end = r[i].Text, i+1
		}
		out = append(out, Word{Text: text, at: r[i].at, end: r[end-1].end, gap: r[i].gap})
		i = end
	}
	return out
}

// number reads the number that begins at word i and gives its digits and where it
// ends, which is i where there is none.
func (r numberReader) number(i int, afterNumber bool) (text string, end int) {
	from, sign := i, ""
	if !afterNumber && (r[i].Text == "minus" || r[i].Text == "negative") && i+1 < len(r) && r[i+1].gap == near {
		i, sign = i+1, "-"
	}
	if r[i].Text == "one" && i > 0 && r[i].gap == near && r[i-1].Text == "no" {
		return "", from // nobody
	}
	if digits, plain := r.digits(i); plain && !r.goesOn(i+1, !strings.ContainsAny(digits, "./")) {
		return sign + digits, i + 1
	}
	value, end, kind := r.whole(i)
	switch {
	case end == i && !afterNumber && r.smallOrdinal(i) > 0:
		return writeOrdinal(int64(r.smallOrdinal(i))), i + 1
	case end == i:
		return "", from
	case kind == ordinal:
		return sign + writeOrdinal(value.Num().Int64()), end
	}
	return sign + writeDecimal(value), end
}

// goesOn says whether the word is one with which a number in digits goes on.
func (r numberReader) goesOn(i int, isWhole bool) bool {
	if i >= len(r) || r[i].gap != near {
		return false
	}
	_, part := r.fraction(i, 2)
	_, end := r.andPart(i)
	return r.scale(i) || part || r.is(i, "hundred", "third", "quarter") || end > i || isWhole && isFraction(r[i].Text)
}
