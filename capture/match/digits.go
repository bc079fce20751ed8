package match

import (
	"math/big"
	"strings"
	"unicode"
)

// digits gives a word of digits as it stands, with a zero before a point.
func (r numberReader) digits(i int) (text string, ok bool) {
	text = r[i].Text
	bare := strings.TrimPrefix(text, "-")
	if bare == "" || strings.ContainsFunc(bare, func(c rune) bool { return !unicode.IsDigit(c) && c != '.' && c != '/' }) {
		return text, false
	}
	if value, ok := new(big.Rat).SetString(bare); ok && strings.Contains(bare, "/") && value.Cmp(big.NewRat(1, 1)) < 0 {
		bare = writeDecimal(value)
	}
	if strings.HasPrefix(bare, ".") {
		bare = "0" + bare
	}
	return text[:len(text)-len(strings.TrimPrefix(text, "-"))] + bare, true
}

// isFraction says whether a word is a fraction below one in digits.
func isFraction(text string) bool {
	value, ok := new(big.Rat).SetString(text)
	return ok && strings.Contains(text, "/") && value.Sign() > 0 && value.Cmp(big.NewRat(1, 1)) < 0
}

// writeDecimal writes a number with as many places as it has; one that has no end as a
// fraction.
func writeDecimal(value *big.Rat) string {
	places, exact := value.FloatPrec()
	if !exact {
		return value.String()
	}
	return value.FloatString(places)
}

// writeOrdinal writes 21 as 21st.
func writeOrdinal(n int64) string {
	ending := "th"
	if n%100 < 11 || n%100 > 13 {
		ending = map[int64]string{1: "st", 2: "nd", 3: "rd"}[n%10]
	}
	if ending == "" {
		ending = "th"
	}
	return big.NewInt(n).String() + ending
}
