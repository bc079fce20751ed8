package effect

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Page is Page's test for ordered alternatives over questions (Page 1963, Journal of the
// American Statistical Association 58, 216-230). With n questions, k doses and R_j the sum
// over questions of the rank of dose j (ties have their mean rank), L = Σ j R_j, and
//
//	z = (L - n k (k+1)²/4) / √(n k² (k+1)(k²-1) / 144)
//
// is about normal; P is two-sided. Z above 0 is a rise with the dose.
type Page struct {
	L float64 `json:"l"`
	Z float64 `json:"z"`
	P float64 `json:"p"`
}

// pageOf tests rows of changes by dose, a row a question; nil below three doses or two
// questions.
func pageOf(rows [][]float64) *Page {
	n := float64(len(rows))
	if n < 2 || len(rows[0]) < 3 {
		return nil
	}
	k := float64(len(rows[0]))
	l := 0.0
	for _, row := range rows {
		for j, r := range ranksOf(row) {
			l += float64(j+1) * r
		}
	}
	z := (l - n*k*(k+1)*(k+1)/4) / math.Sqrt(n*k*k*(k+1)*(k*k-1)/144)
	return &Page{l, z, 2 * distuv.UnitNormal.CDF(-math.Abs(z))}
}

// ranksOf gives ranks from 1; ties have their mean.
func ranksOf(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	out := make([]float64, len(x))
	for i, v := range x {
		first, _ := slices.BinarySearch(sorted, v)
		last := first
		for last < len(sorted) && sorted[last] == v {
			last++
		}
		out[i] = float64(first+1+last) / 2
	}
	return out
}

// tauB is Kendall's tau-b of values with their place, which has no ties (Kendall 1945,
// Biometrika 33, 239-251); 0 where all are the same.
func tauB(x []float64) float64 {
	sum, untied, all := 0.0, 0.0, 0.0
	for i := range x {
		for j := i + 1; j < len(x); j++ {
			s := sign(x[j] - x[i])
			sum += s
			untied += s * s
			all++
		}
	}
	if untied == 0 {
		return 0
	}
	return sum / math.Sqrt(untied*all)
}

// monotone says whether values never go against a direction, and move.
func monotone(x []float64, direction float64) bool {
	for i := 1; i < len(x); i++ {
		if (x[i]-x[i-1])*direction < 0 {
			return false
		}
	}
	return direction != 0 && x[0] != x[len(x)-1]
}
