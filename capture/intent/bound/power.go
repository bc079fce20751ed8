package bound

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
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

// Power is the probability that the lower bound of n families is above a margin, where
// their values are normal with a mean and a standard deviation above 0: that of Student's t test
// with noncentrality δ = (mean - margin) √n / sd.
func Power(n int, mean, sd, margin, level float64) float64 {
	if n < 2 {
		return 0
	}
	t, delta := student(n).Quantile(level), (mean-margin)*math.Sqrt(float64(n))/sd
	return noncentral(t, delta, float64(n-1))
}

// noncentral is P(T > t) of the noncentral t distribution: the mean of Φ(δ - t s) over
// s = √(χ²/ν), by the midpoint rule over quantiles of χ².
func noncentral(t, delta, nu float64) float64 {
	const points = 2000
	chi, sum := distuv.ChiSquared{K: nu}, 0.0
	for i := range points {
		s := math.Sqrt(chi.Quantile((float64(i)+0.5)/points) / nu)
		sum += distuv.UnitNormal.CDF(delta - t*s)
	}
	return sum / points
}

// Detectable is the smallest mean whose lower bound is above a margin with a power, where
// families have a standard deviation above 0; +Inf of fewer than two families.
func Detectable(n int, sd, margin, level, power float64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	low, high := margin, margin+sd
	for Power(n, high, sd, margin, level) < power {
		high = margin + 2*(high-margin)
	}
	for range 50 {
		if middle := (low + high) / 2; Power(n, middle, sd, margin, level) < power {
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
	low, high := 1, most // not of low, or too few; of high
	for high-low > 1 {
		if middle := (low + high) / 2; ok(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
