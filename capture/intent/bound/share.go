package bound

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Share is how many of some independent trials did something.
type Share struct {
	Hits int `json:"hits"`
	Of   int `json:"of"`
}

// Value is the share; NaN of no trials.
func (s Share) Value() float64 { return float64(s.Hits) / float64(s.Of) }

// Lower is the exact one-sided lower bound of the share (Clopper and Pearson 1934,
// doi:10.1093/biomet/26.4.404); 0 of no trials.
func (s Share) Lower(level float64) float64 {
	if s.Hits == 0 {
		return 0
	}
	return mathext.InvRegIncBeta(float64(s.Hits), float64(s.Of-s.Hits+1), 1-level)
}

// Upper is the exact one-sided upper bound; 1 of no trials.
func (s Share) Upper(level float64) float64 {
	return 1 - Share{Hits: s.Of - s.Hits, Of: s.Of}.Lower(level)
}

// Needed is the smallest number of trials, all of which hit, whose lower bound is above a
// share; 0 where none is (a share of 1).
func Needed(share, level float64) int {
	if share >= 1 {
		return 0
	}
	return int(math.Floor(math.Log(1-level)/math.Log(share))) + 1
}
