package match

import "math/big"

// whole reads thousands, millions and so on, from the largest down.
func (r numberReader) whole(i int) (value *big.Rat, end int, k numeral) {
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
			return value.Add(value, big.NewRat(int64(n), 1)), at + 1, ordinal
		}
		part, next, partKind, digits := r.group(at)
		if next == at {
			return value, end, k
		}
		scale, scaled := int64(1), false
		if next < len(r) && r[next].gap == near && partKind == cardinal {
			th := false
			if scale, th, scaled = scaleOf(r[next].Text); th && scaled {
				partKind = ordinal
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
		if !scaled || partKind == ordinal {
			return value, end, k
		}
	}
}

// group reads a number below a thousand, in words or in digits, with what makes a
// fraction of it.
func (r numberReader) group(i int) (value *big.Rat, end int, k numeral, inDigits bool) {
	value = new(big.Rat)
	if digits, ok := r.digits(i); ok {
		if _, ok := value.SetString(digits); !ok {
			return value, i, cardinal, false
		}
		end, inDigits = i+1, true
		if r.is(end, "hundred") {
			value.Mul(value, big.NewRat(100, 1))
			end++
		}
	} else {
		var n int64
		if n, end, k = r.hundreds(i); end == i {
			if r[i].Text == "half" && (r.is(i+1, "a") && r.scale(i+2) || r.scale(i+1)) {
				end = i + 1
				if r.is(end, "a") {
					end++
				}
				if r.is(end, "dozen") {
					return big.NewRat(6, 1), end + 1, cardinal, false
				}
				return big.NewRat(1, 2), end, cardinal, false
			}
			return value, i, cardinal, false
		}
		value.SetInt64(n)
		if k == ordinal {
			return value, end, k, false
		}
		if r.is(end, "point") {
			value, end = r.point(value, end)
		}
	}
	switch parts, ok := r.fraction(end, valueOf(value)); {
	case ok:
		return value.Mul(value, big.NewRat(1, parts)), end + 1, cardinal, false
	case r.is(end, "dozen"):
		return value.Mul(value, big.NewRat(12, 1)), end + 1, cardinal, false
	}
	switch part, next := r.andPart(end); {
	case next > end && r.is(next, "dozen"):
		return value.Mul(value.Add(value, part), big.NewRat(12, 1)), next + 1, cardinal, false
	case next > end:
		return value.Add(value, part), next, cardinal, false
	case inDigits && value.IsInt() && end < len(r) && r[end].gap == near && isFraction(r[end].Text):
		part, _ := new(big.Rat).SetString(r[end].Text)
		return value.Add(value, part), end + 1, cardinal, false
	}
	return value, end, k, inDigits
}

// valueOf gives a whole number, 0 for any other.
func valueOf(value *big.Rat) int64 {
	if value.IsInt() && value.Num().IsInt64() {
		return value.Num().Int64()
	}
	return 0
}

// hundreds reads a number below ten thousand: up to ninety-nine hundred and
// ninety-nine, or a year as it is spoken.
func (r numberReader) hundreds(i int) (n int64, end int, k numeral) {
	n, end, k = r.below100(i)
	if end == i && (r[i].Text == "a" || r[i].Text == "an") && (r.is(i+1, "hundred") || r.scale(i+1)) {
		n, end = 1, i+1
	}
	switch {
	case end == i || k == ordinal || n == 0:
		return n, end, k
	case r.is(end, "hundredth"):
		return n * 100, end + 1, ordinal
	case r.is(end, "hundred"):
		n, end = n*100, end+1
		at := end
		if r.is(at, "and") {
			at++
		}
		if at < len(r) && r[at].gap == near {
			if low := r.smallOrdinal(at); low > 0 {
				return n + int64(low), at + 1, ordinal
			}
			if low, next, lowKind := r.below100(at); next > at && low > 0 && !r.is(next, "hundred") {
				return n + low, next, lowKind
			}
		}
	case n >= 10 && n <= 20 && end < len(r) && r[end].gap == near: // nineteen eighty-four, nineteen oh five
		at := end
		if r[at].Text == "oh" && at+1 < len(r) && r[at+1].gap == near {
			at++
		}
		low, next, lowKind := r.below100(at)
		if next > at && (low >= 10 || at > end && low > 0) && lowKind == cardinal && !r.is(next, "hundred") && !r.scale(next) {
			return n*100 + low, next, cardinal
		}
	}
	return n, end, k
}
