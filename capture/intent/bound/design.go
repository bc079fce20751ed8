package bound

import "math"

// PowerWithin is the share of simulated studies whose mean is shown to be 0 to within a
// margin by two one-sided tests (Schuirmann 1987, doi:10.1007/BF01068419), each at a level.
func (d Design) PowerWithin(mean, margin, level float64) float64 {
	if d.Families < 1 {
		return 0
	}
	t := quantile(d.Families, level)
	return d.share(mean, func(m Mean) bool { return m.lower(level, t) > -margin && m.Negated().lower(level, t) > -margin })
}

// mostFamilies is the largest number of families that a study is planned with.
const mostFamilies = 4000

// FamiliesFor is the smallest number of families that has a power, where power says what one
// design has; 0 where mostFamilies do not do.
func (d Design) FamiliesFor(power func(Design) float64, wanted float64) int {
	enough := func(n int) bool {
		d.Families = n
		return power(d) >= wanted
	}
	high := 2
	for !enough(high) {
		if high *= 2; high > mostFamilies {
			return 0
		}
	}
	return between(high/2, high, enough)
}

// root finds where a rising function of x reaches a value, between low and high; +Inf where it
// does not there.
func root(low, high, value float64, f func(float64) float64) float64 {
	if f(high) < value {
		return math.Inf(1)
	}
	for range 60 {
		if middle := (low + high) / 2; f(middle) < value {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
