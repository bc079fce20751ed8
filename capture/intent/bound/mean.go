package bound

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Agreement is the largest range of families that agree.
const Agreement = 0.05

// Mean is a mean over families, each of which can be from Least to Most.
type Mean struct {
	Value float64 `json:"value"`
	SD    float64 `json:"sd"` // between families (n - 1)
	N     int     `json:"families"`
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// OfShares is the mean of families whose values are from 0 to 1.
func OfShares(families []float64) (Mean, error) { return of(families, 0, 1) }

// OfContrasts is the mean of families whose values are differences of shares, from -1 to 1.
func OfContrasts(families []float64) (Mean, error) { return of(families, -1, 1) }

// rounding is by how much what is computed may lie outside its range.
const rounding = 1e-9

func of(families []float64, least, most float64) (Mean, error) {
	m := Mean{N: len(families), Least: least, Most: most}
	if m.N == 0 {
		return m, fmt.Errorf("no family has a value")
	}
	for i, x := range families {
		if !(x >= least-rounding && x <= most+rounding) { // NaN, too
			return m, fmt.Errorf("family %d of %d has the value %g, which is not from %g to %g", i+1, m.N, x, least, most)
		}
	}
	m.Value, m.Min, m.Max = stat.Mean(families, nil), slices.Min(families), slices.Max(families)
	if m.N > 1 {
		m.SD = stat.StdDev(families, nil)
	}
	return m, nil
}

// Agree says whether all families are the same, to within [Agreement].
func (m Mean) Agree() bool { return m.Max-m.Min <= Agreement }

// unseen is how many families at the worst end are counted in beside those that were seen.
const unseen = 0.5

// Lower is the one-sided lower bound of the mean. It is Student's, m - t(level, N-1) s/√N,
// with half a family at Least counted in: N = n + ½, and m and s are of the families and
// that half one. A few families that are not like the others make the mean of a share
// skew, and the plain bound is then too high where none of them, or one, was seen (by
// simulation an error of 1 % becomes 7 %; docs/intent.md).
//
// Where families agree, the bound is the lower of this and an exact one: with confidence
// level, at least the share p = (1 - level)^(1/n) of all families is not below the smallest
// of n (Wilks 1941, doi:10.1214/aoms/1177731788), and the others are not below Least, so
// that the mean is at least p · Min + (1 - p) · Least. One family has this bound alone.
func (m Mean) Lower(level float64) float64 { return m.lower(level, quantile(m.N, level)) }

// quantile is that of Student's distribution for so many families and the half one.
func quantile(families int, level float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(families) + unseen - 1}.Quantile(level)
}

// lower is Lower with the quantile for m.N families.
func (m Mean) lower(level, t float64) float64 {
	n := float64(m.N)
	p := math.Pow(1-level, 1/n)
	exact := p*m.Min + (1-p)*m.Least
	if m.N == 1 {
		return exact
	}
	all := n + unseen
	mean := (n*m.Value + unseen*m.Least) / all
	squares := (n-1)*m.SD*m.SD + n*(m.Value-mean)*(m.Value-mean) + unseen*(m.Least-mean)*(m.Least-mean)
	low := max(m.Least, mean-t*math.Sqrt(squares/(all-1)/all))
	if m.Agree() {
		low = min(low, exact)
	}
	return low
}

// Upper is the one-sided upper bound; see [Mean.Lower].
func (m Mean) Upper(level float64) float64 { return -m.Negated().Lower(level) }

// Negated is the mean of the families' values with the other sign.
func (m Mean) Negated() Mean {
	m.Value, m.Min, m.Max, m.Least, m.Most = -m.Value, -m.Max, -m.Min, -m.Most, -m.Least
	return m
}
