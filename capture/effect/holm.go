package effect

import (
	"cmp"
	"slices"
)

// Holm corrects p values for having been tested together (Holm 1979, Scandinavian Journal
// of Statistics 6, 65-70): with the m values in ascending order p_1 ... p_m, the corrected
// value of p_i is the largest of min(1, (m - j + 1) p_j) over j <= i. The chance that any
// true null hypothesis has a corrected value of at most alpha is at most alpha, whatever
// the dependence between the tests. The result is in the order of p.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out := make([]float64, len(p))
	largest := 0.0
	for i, at := range order {
		largest = max(largest, min(1, float64(len(p)-i)*p[at]))
		out[at] = largest
	}
	return out
}
