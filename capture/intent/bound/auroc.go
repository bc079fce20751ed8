package bound

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// AUROC is a planned comparison of an AUROC with 0.5.
type AUROC struct{ Positive, Negative int }

// SE is the standard error of an AUROC (Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747,
// for scores that are exponential in both classes).
func (a AUROC) SE(auroc float64) float64 {
	p, n := float64(a.Positive), float64(a.Negative)
	one, two := auroc/(2-auroc), 2*auroc*auroc/(1+auroc)
	return math.Sqrt((auroc*(1-auroc) + (p-1)*(one-auroc*auroc) + (n-1)*(two-auroc*auroc)) / (p * n))
}

// Power is about how often an AUROC is shown to be above 0.5, at a one-sided level.
func (a AUROC) Power(auroc, level float64) float64 {
	if auroc >= 1 {
		return 1
	}
	return distuv.UnitNormal.CDF((auroc - 0.5 - z(level)*a.SE(0.5)) / a.SE(auroc))
}

// Detectable is the smallest AUROC that has a power; +Inf where none below 1 has.
func (a AUROC) Detectable(level, power float64) float64 {
	return root(0.5, 1-1e-9, power, func(auroc float64) float64 { return a.Power(auroc, level) })
}

// NeededAUROC is how many of each class give an AUROC a power; 0 where no number does.
func NeededAUROC(auroc, level, power float64) int {
	if auroc <= 0.5 {
		return 0
	}
	return smallest(func(n int) bool { return AUROC{n, n}.Power(auroc, level) >= power })
}
