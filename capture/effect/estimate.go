package effect

import (
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a mean over questions. With x_q the mean of question q's samples and n
// questions: Mean is the mean of x_q, SD their standard deviation (n - 1), the interval
// Mean ± t(n-1) SD/√n, and P the two-sided p value of the t test that the mean is 0.
//
// Of one question there is a mean alone. Where all x_q are the same there is no interval;
// P is then 2 · 0.5ⁿ, the exact binomial test on signs, or 1 where they are 0.
type Estimate struct {
	Mean      float64  `json:"mean"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	SD        *float64 `json:"sd"`
	P         *float64 `json:"p"`
	Samples   int      `json:"samples"`
	Questions int      `json:"questions"`
	DF        int      `json:"df"`
	Agree     bool     `json:"agree,omitempty"` // all questions have the same value
}

// value is what was measured of one sample.
type value struct {
	question string
	x        float64
}

// estimate gives the mean of values over questions; nil where there are none. Values that
// are not finite are left out.
func estimate(values []value, level float64) *Estimate {
	byQuestion := map[string][]float64{}
	n := 0
	for _, v := range values {
		if finite(v.x) {
			byQuestion[v.question] = append(byQuestion[v.question], v.x)
			n++
		}
	}
	var means []float64
	for _, q := range slices.Sorted(maps.Keys(byQuestion)) {
		means = append(means, stat.Mean(byQuestion[q], nil))
	}
	return ofMeans(means, n, level)
}

// rounding is the relative difference up to which means are the same: what is left of
// subtracting numbers.
const rounding = 1e-12

// ofMeans is estimate of the means of questions, from so many samples.
func ofMeans(means []float64, samples int, level float64) *Estimate {
	n := len(means)
	if n == 0 {
		return nil
	}
	e := &Estimate{Samples: samples, Questions: n, DF: n - 1}
	if n == 1 {
		e.Mean = means[0]
		return e
	}
	if low, high := slices.Min(means), slices.Max(means); high-low <= rounding*max(math.Abs(low), math.Abs(high)) {
		e.Mean, e.Agree, e.SD, e.P = means[0], true, new(float64), new(1.0)
		if e.Mean != 0 {
			*e.P = min(1, 2*math.Pow(0.5, float64(n)))
		}
		return e
	}
	mean, sd := stat.MeanStdDev(means, nil)
	e.Mean, e.SD = mean, &sd
	e.interval(sd/math.Sqrt(float64(n)), level)
	return e
}

// interval fills in the t interval and test of a mean with a standard error.
func (e *Estimate) interval(se, level float64) {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(e.DF)}
	half := t.Quantile((1+level)/2) * se
	e.Low, e.High, e.P = new(e.Mean-half), new(e.Mean+half), new(2*t.CDF(-math.Abs(e.Mean)/se))
}

// significant says whether the mean is other than 0 in a direction (+1, -1), at alpha.
func (e *Estimate) significant(direction, alpha float64) bool {
	return e != nil && e.P != nil && *e.P <= alpha && e.Mean*direction > 0
}

// within is the estimate of what has no test, since it cannot be on both sides of 0 and
// nobody asks whether it is 0: a share, a divergence. Its interval ends at the limits of
// what there can be.
func (e *Estimate) within(low, high float64) *Estimate {
	if e == nil {
		return nil
	}
	e.P = nil
	if e.Low != nil {
		e.Low, e.High = new(max(low, *e.Low)), new(min(high, *e.High))
	}
	return e
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
