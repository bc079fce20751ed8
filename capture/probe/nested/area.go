package nested

import (
	"math"
	"slices"
)

// quantum is the share of the largest score below which scores count as equal: 2⁻³⁴, or
// 6e-11. Rows that are the same have scores that differ by rounding, as products of matrices
// go by blocks.
const quantum = 1.0 / (1 << 34)

// area computes AUROCs, with memory that it keeps.
type area struct{ positive, negative []float64 }

// of is the AUROC of scores, ties counting one half ([metric.AUROC] with its interval is for
// reports). It is NaN where a class has no score. Scores that rounding may have made unequal
// are ties.
func (a *area) of(scores []float64, positive []bool) float64 {
	a.positive, a.negative = a.positive[:0], a.negative[:0]
	for i, s := range scores {
		if positive[i] {
			a.positive = append(a.positive, s)
		} else {
			a.negative = append(a.negative, s)
		}
	}
	return a.area()
}

// among is the AUROC of some samples.
func (a *area) among(scores []float64, positive []bool, at []int) float64 {
	a.positive, a.negative = a.positive[:0], a.negative[:0]
	for _, i := range at {
		if positive[i] {
			a.positive = append(a.positive, scores[i])
		} else {
			a.negative = append(a.negative, scores[i])
		}
	}
	return a.area()
}

func (a *area) area() float64 {
	largest := 0.0
	for _, of := range [][]float64{a.positive, a.negative} {
		for _, s := range of {
			largest = max(largest, math.Abs(s))
		}
	}
	by := power(largest) / quantum
	for _, of := range [][]float64{a.positive, a.negative} {
		for i := range of {
			of[i] = math.Round(of[i] * by)
		}
	}
	if len(a.positive) == 0 || len(a.negative) == 0 {
		return math.NaN()
	}
	slices.Sort(a.positive)
	slices.Sort(a.negative)
	wins, below, upTo := 0, 0, 0 // twice the pairs in order
	for _, p := range a.positive {
		for below < len(a.negative) && a.negative[below] < p {
			below++
		}
		for upTo = max(upTo, below); upTo < len(a.negative) && a.negative[upTo] == p; {
			upTo++
		}
		wins += below + upTo
	}
	return float64(wins) / 2 / (float64(len(a.positive)) * float64(len(a.negative)))
}

// power is one over the power of two that is next below a number; 1 of 0.
func power(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	_, exponent := math.Frexp(x)
	return math.Ldexp(1, 1-exponent)
}
