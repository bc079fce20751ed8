package capture

import (
	"math/big"
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

// kind is what a number says.
type kind int

const (
	amount kind = iota // how many
	counts             // which one: third
)

// smallOrdinal gives the value of an ordinal of one word, 0 for any other word.
func (r numberReader) smallOrdinal(i int) int {
	if n := slices.Index(ordinals, r[i].text); n > 0 {
		return n
	}
	if n := slices.Index(tenths, r[i].text); n > 1 {
		return 10 * n
	}
	return 0
}

// whole reads thousands, millions and so on, from the largest down.
func (r numberReader) whole(i int) (value *big.Rat, end int, k kind) {
	value = new(big.Rat)
	last := int64(mostScale)
	for end = i; ; {
		at := end
		if end > i {
			if r.is(at, "and") {
				at++
			}
			if at >= len(r) || r[at].gap == apartFrom || r[at].gap == comma && at != end {
				return value, end, k
			}
		}
		if n := r.smallOrdinal(at); end > i && n > 0 && r[at].gap == near {
			return value.Add(value, big.NewRat(int64(n), 1)), at + 1, counts
		}
		part, next, partKind, digits := r.group(at)
		if next == at {
			return value, end, k
		}
		scale, scaled := int64(1), false
		if next < len(r) && r[next].gap == near && partKind == amount {
			th := false
			if scale, th, scaled = scaleOf(r[next].text); th && scaled {
				partKind = counts
			}
			if !scaled {
				scale = 1
			}
		}
		switch {
		case scale >= last,
			end > i && digits && (!scaled || at != end),                                  // nothing says that they belong here
			end > i && !scaled && r[at].gap == comma && part.Cmp(big.NewRat(100, 1)) < 0, // a list
			end > i && part.Sign() == 0:
			return value, end, k
		}
		value.Add(value, part.Mul(part, big.NewRat(scale, 1)))
		last, end, k = scale, next, partKind
		if scaled {
			end++
		}
		if !scaled || partKind == counts {
			return value, end, k
		}
	}
}

// group reads a number below a thousand, in words or in digits, with what makes a
// fraction of it.
func (r numberReader) group(i int) (value *big.Rat, end int, k kind, inDigits bool) {
	value = new(big.Rat)
	if digits, ok := r.digits(i); ok {
		if _, ok := value.SetString(digits); !ok {
			return value, i, amount, false
		}
		end, inDigits = i+1, true
		if r.is(end, "hundred") {
			value.Mul(value, big.NewRat(100, 1))
			end++
		}
	} else {
		var n int64
		if n, end, k = r.hundreds(i); end == i {
			if r[i].text == "half" && (r.is(i+1, "a") && r.scale(i+2) || r.scale(i+1)) {
				end = i + 1
				if r.is(end, "a") {
					end++
				}
				if r.is(end, "dozen") {
					return big.NewRat(6, 1), end + 1, amount, false
				}
				return big.NewRat(1, 2), end, amount, false
			}
			return value, i, amount, false
		}
		value.SetInt64(n)
		if k == counts {
			return value, end, k, false
		}
		if r.is(end, "point") {
			value, end = r.point(value, end)
		}
	}
	switch parts, ok := r.fraction(end, valueOf(value)); {
	case ok:
		return value.Mul(value, big.NewRat(1, parts)), end + 1, amount, false
	case r.is(end, "dozen"):
		return value.Mul(value, big.NewRat(12, 1)), end + 1, amount, false
	}
	switch part, next := r.andPart(end); {
	case next > end && r.is(next, "dozen"):
		return value.Mul(value.Add(value, part), big.NewRat(12, 1)), next + 1, amount, false
	case next > end:
		return value.Add(value, part), next, amount, false
	case inDigits && value.IsInt() && end < len(r) && r[end].gap == near && isFraction(r[end].text):
		part, _ := new(big.Rat).SetString(r[end].text)
		return value.Add(value, part), end + 1, amount, false
	}
	return value, end, k, inDigits
}

func valueOf(value *big.Rat) int64 {
	if value.IsInt() && value.Num().IsInt64() {
		return value.Num().Int64()
	}
	return 0
}

func (r numberReader) scale(i int) bool {
	if i >= len(r) || r[i].gap != near {
		return false
	}
	_, th, ok := scaleOf(r[i].text)
	return ok && !th || r[i].text == "dozen"
}

// point reads the places behind a decimal point: point one four.
func (r numberReader) point(value *big.Rat, i int) (*big.Rat, int) {
	places := ""
	end := i + 1
	for ; end < len(r) && r[end].gap == near; end++ {
		n := slices.Index(units, r[end].text)
		if r[end].text == "oh" {
			n = 0
		}
		if n < 0 || n > 9 {
			break
		}
		places += string(rune('0' + n))
	}
	if part, ok := new(big.Rat).SetString("0." + places); ok && places != "" {
		return value.Add(value, part), end
	}
	return value, i
}

// hundreds reads a number below ten thousand: up to ninety-nine hundred and
// ninety-nine, or a year as it is spoken.
func (r numberReader) hundreds(i int) (n int64, end int, k kind) {
	n, end, k = r.below100(i)
	if end == i && (r[i].text == "a" || r[i].text == "an") && (r.is(i+1, "hundred") || r.scale(i+1)) {
		n, end = 1, i+1
	}
	switch {
	case end == i || k == counts || n == 0:
		return n, end, k
	case r.is(end, "hundredth"):
		return n * 100, end + 1, counts
	case r.is(end, "hundred"):
		n, end = n*100, end+1
		at := end
		if r.is(at, "and") {
			at++
		}
		if at < len(r) && r[at].gap == near {
			if low := r.smallOrdinal(at); low > 0 {
				return n + int64(low), at + 1, counts
			}
			if low, next, lowKind := r.below100(at); next > at && low > 0 && !r.is(next, "hundred") {
				return n + low, next, lowKind
			}
		}
	case n >= 10 && n <= 20 && end < len(r) && r[end].gap == near: // nineteen eighty-four, nineteen oh five
		at := end
		if r[at].text == "oh" && at+1 < len(r) && r[at+1].gap == near {
			at++
		}
		low, next, lowKind := r.below100(at)
		if next > at && (low >= 10 || at > end && low > 0) && lowKind == amount && !r.is(next, "hundred") && !r.scale(next) {
			return n*100 + low, next, amount
		}
	}
	return n, end, k
}

// below100 reads a number below a hundred.
func (r numberReader) below100(i int) (n int64, end int, k kind) {
	if at := slices.Index(units, r[i].text); at >= 0 {
		return int64(at), i + 1, amount
	}
	at := slices.Index(tens, r[i].text)
	if at < 2 {
		return 0, i, amount
	}
	n, end = int64(10*at), i+1
	if end < len(r) && r[end].gap == near {
		if low := slices.Index(units, r[end].text); low > 0 && low < 10 {
			return n + int64(low), end + 1, amount
		}
		if low := slices.Index(ordinals, r[end].text); low > 0 && low < 10 {
			return n + int64(low), end + 1, counts
		}
	}
	return n, end, amount
}
