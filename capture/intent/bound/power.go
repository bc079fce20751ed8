package bound

import (
	"math"
	"math/rand/v2"
)

// most is the largest number of families that is looked at.
const most = 100_000

// Enough is the number of families whose lower bound would be above a margin, if mean and
// spread stayed as they are; 0 where no number is: the mean is not above the margin.
func (m Mean) Enough(margin, level float64) int {
	if !(m.Value > margin) {
		return 0
	}
	return smallest(func(n int) bool {
		m := m
		m.N = n
		return m.Lower(level) > margin
	})
}

// Design is a planned figure: so many families, whose values are normal with a standard
// deviation, cut off at the ends of their range.
type Design struct {
	Families    int
	SD          float64
	Least, Most float64
}

// studies are drawn for each power.
const studies = 2000

// Power is the share of simulated studies whose lower bound is above a margin, where the
// mean of the families is a given one before it is cut off. Seeds are fixed: the same
// question has the same answer.
func (d Design) Power(mean, margin, level float64) float64 {
	if d.Families < 1 {
		return 0
	}
	t := quantile(d.Families, level)
	return d.share(mean, func(m Mean) bool { return m.lower(level, t) > margin })
}

// share is the share of simulated studies that show something.
func (d Design) share(mean float64, shows func(Mean) bool) float64 {
	r := rand.New(rand.NewPCG(1, uint64(d.Families)))
	hits, x := 0, make([]float64, d.Families)
	for range studies {
		for i := range x {
			x[i] = min(d.Most, max(d.Least, mean+d.SD*r.NormFloat64()))
		}
		if m, err := of(x, d.Least, d.Most); err == nil && shows(m) {
			hits++
		}
	}
	return float64(hits) / studies
}

// Detectable is the smallest mean whose lower bound is above a margin with a power; +Inf
// where none in the range is.
func (d Design) Detectable(margin, level, power float64) float64 {
	if d.Power(d.Most, margin, level) < power {
		return math.Inf(1)
	}
	low, high := margin, d.Most
	for range 12 {
		if middle := (low + high) / 2; d.Power(middle, margin, level) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// smallest is the smallest n from 2 on for which ok holds, if it holds of all larger ones;
// 0 where it holds of none that is looked at.
func smallest(ok func(n int) bool) int {
	if !ok(most) {
		return 0
	}
	return between(1, most, ok)
}
