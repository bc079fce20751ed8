package bound

import "gonum.org/v1/gonum/stat/distuv"

// FewestAbove is the smallest number of hits among n trials whose lower bound is above a
// share; n + 1 where not even n hits are.
func FewestAbove(n int, share, level float64) int {
	return first(n+1, func(hits int) bool { return Share{hits, n}.Lower(level) > share })
}

// MostBelow is the largest number of hits among n trials whose upper bound is below a share;
// -1 where not even no hit is.
func MostBelow(n int, share, level float64) int {
	return first(n+1, func(hits int) bool { return Share{hits, n}.Upper(level) >= share }) - 1
}

// NeededBelow is the smallest number of trials of which so many hits are surely below a share.
func NeededBelow(hits int, share, level float64) int {
	return hits + smallest(func(n int) bool { return Share{hits, hits + n}.Upper(level) < share })
}

// PowerAbove is how often the lower bound of n trials is above a share, where the true share
// is another one; PowerBelow is how often the upper bound is below it.
func PowerAbove(n int, truth, share, level float64) float64 {
	return 1 - binomial(n, truth, FewestAbove(n, share, level)-1)
}

// PowerBelow is described at [PowerAbove].
func PowerBelow(n int, truth, share, level float64) float64 {
	return binomial(n, truth, MostBelow(n, share, level))
}

// binomial is how likely at most so many of n trials hit.
func binomial(n int, share float64, most int) float64 {
	switch {
	case most < 0:
		return 0
	case most >= n:
		return 1
	}
	return distuv.Binomial{N: float64(n), P: share}.CDF(float64(most))
}

// first is the smallest i below n for which ok holds, if it holds of all larger ones; else n.
func first(n int, ok func(i int) bool) int { return between(-1, n, ok) }

// between is the smallest i above low for which ok holds, if it holds of all larger ones; high
// where it holds of none below that.
func between(low, high int, ok func(i int) bool) int {
	for high-low > 1 {
		if middle := (low + high) / 2; ok(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
