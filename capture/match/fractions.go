package match

import (
	"math/big"
	"slices"
	"strings"
)

// fraction reads what makes parts of a number: third, or thirds of more than one.
func (r numberReader) fraction(i int, of int64) (parts int64, ok bool) {
	if i >= len(r) || r[i].gap != near {
		return 0, false
	}
	name := r[i].Text
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

// andPart reads what a fraction adds to a whole number: and a half, and three quarters.
func (r numberReader) andPart(i int) (part *big.Rat, end int) {
	if !r.is(i, "and") || i+1 >= len(r) || r[i+1].gap != near {
		return nil, i
	}
	n, at, kind := r.below100(i + 1)
	if r.is(i+1, "a", "an") {
		n, at = 1, i+2
	}
	if parts, ok := r.fraction(at, n); ok && n > 0 && kind == cardinal {
		return big.NewRat(n, parts), at + 1
	}
	return nil, i
}

// point reads the places after a decimal point: point one four.
func (r numberReader) point(value *big.Rat, i int) (*big.Rat, int) {
	places := ""
	end := i + 1
	for ; end < len(r) && r[end].gap == near; end++ {
		n := slices.Index(units, r[end].Text)
		if r[end].Text == "oh" {
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
