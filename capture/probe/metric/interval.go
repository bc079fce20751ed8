package metric

import (
	"encoding/json"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"intentprobe/storage/plural"
)

// fewGroups is the number of groups below which an interval says that there are few.
const fewGroups = 50

// How an interval was made.
const (
	ByScore     = "score, t over groups"          // Value ± t·se, the standard error being that at the limit
	ByT         = "t over groups"                 // Value ± t·se, cut to what is possible
	ByExact     = "exact binomial over groups"    // nothing varies: as many groups agree
	ByEffective = "exact binomial, effective n"   // Korn and Graubard 1998
	ByBootstrap = "percentiles over groups"       // of the bootstrap
	ByNothing   = "none: the data say nothing"    // the interval is all that is possible
	ByBoth      = "threshold and rate, each half" // of the error: Bonferroni
)

// Interval is a figure with its interval of a two-sided level. Value is NaN where the data
// have none; in JSON it is null then.
type Interval struct {
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Level  float64 `json:"level"`
	N      int     `json:"n"`      // rows
	Groups int     `json:"groups"` // independent units
	DF     float64 `json:"df"`     // degrees of freedom of t; 0 where none were used
	Method string  `json:"method"`
	Note   string  `json:"note,omitempty"` // what a reader has to know
}

// MarshalJSON writes a value that is none as null.
func (i Interval) MarshalJSON() ([]byte, error) {
	type plain Interval
	return json.Marshal(struct {
		plain
		Value *float64 `json:"value"`
	}{plain(i), orNull(i.Value)})
}

// UnmarshalJSON reads a value that is null, or missing, as none.
func (i *Interval) UnmarshalJSON(text []byte) error {
	type plain Interval
	read := struct {
		*plain
		Value *float64 `json:"value"`
	}{plain: (*plain)(i)}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	i.Value = orNaN(read.Value)
	return nil
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

func orNull(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

// Excludes says whether the interval lies above (+1) or below (-1) a value; 0 where it holds it.
func (i Interval) Excludes(value float64) int {
	switch {
	case i.Low > value:
		return 1
	case i.High < value:
		return -1
	}
	return 0
}

func (i *Interval) note(text string) {
	if i.Note != "" {
		i.Note += "; "
	}
	i.Note += text
}

// few says in the note where there are few groups.
func (i *Interval) few() {
	if i.Groups < fewGroups {
		i.note(fmt.Sprintf("%s: wide, and less sure than with %d", plural.Count(i.Groups, "group"), fewGroups))
	}
}

// nothing makes the interval all that is possible.
func (i *Interval) nothing(low, high float64, why string) {
	i.Low, i.High, i.Method, i.DF = low, high, ByNothing, 0
	i.note(why)
}

// tQuantile is that of a two-sided level.
func tQuantile(level, df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile((1 + level) / 2)
}

// scoreLimits solves |x - value| = t · sqrt(variance · v(x) / v(value)) on both sides of a
// value in (0, 1): the score interval (Wilson 1927; for AUROC Newcombe 2006, method 5), whose
// standard error is that at the limit. v says how the variance goes with the value.
func scoreLimits(value, variance, t float64, v func(float64) float64) (low, high float64) {
	scale := t * t * variance / v(value)
	outside := func(x float64) bool { return square(x-value) > scale*v(x) }
	limit := func(far float64) float64 {
		near := value
		for range 60 {
			mid := (near + far) / 2
			if outside(mid) {
				far = mid
			} else {
				near = mid
			}
		}
		return near
	}
	return limit(0), limit(1)
}

// exactLimits are Clopper and Pearson's limits of k of n, which may be fractions.
func exactLimits(k, n, level float64) (low, high float64) {
	tail := (1 - level) / 2
	low, high = 0, 1
	if k > 0 {
		low = distuv.Beta{Alpha: k, Beta: n - k + 1}.Quantile(tail)
	}
	if k < n {
		high = distuv.Beta{Alpha: k + 1, Beta: n - k}.Quantile(1 - tail)
	}
	return low, high
}
