package metric

import (
	"fmt"
	"math"
	"slices"
)

// Difference is the AUROC of scores less that of other scores of the same rows: a probe's less
// a baseline's. Rows and groups are paired, so what both find hard alike is taken out. The
// interval is Value ± t·se of the jackknife over groups. Other scores that are all equal have
// the AUROC 0.5 for certain, and the interval is that of the AUROC, less 0.5. Where no group
// differs from the others, as of a probe that has all rows in order beside scores that tie
// within each group, the limits follow from how many pairs of groups agree.
func Difference(d Data, other []float64, level float64) (Interval, error) {
	if err := levelFault(level); err != nil {
		return Interval{}, err
	}
	l, err := d.check()
	if err != nil {
		return Interval{}, err
	}
	if len(other) != len(d.Score) {
		return Interval{}, fmt.Errorf("%d rows, but %d other scores", len(d.Score), len(other))
	}
	if err := finite("other score", other); err != nil {
		return Interval{}, err
	}
	if len(other) > 0 && slices.Min(other) == slices.Max(other) {
		i, err := AUROC(d, level)
		i.Value, i.Low, i.High = i.Value-0.5, i.Low-0.5, i.High-0.5
		i.note("the other scores are all equal")
		return i, err
	}
	a, b := winsOf(d, l), winsOf(Data{Score: other, Positive: d.Positive}, l)
	return l.difference(func(without int) float64 { return a.value(without) - b.value(without) }, len(d.Score), level), nil
}

// difference is the t interval of a difference of two shares that can leave a group out.
func (l *layout) difference(value func(without int) float64, rows int, level float64) Interval {
	i := Interval{Value: value(-1), Level: level, N: rows, Groups: l.groups()}
	if math.IsNaN(i.Value) {
		i.nothing(-1, 1, "all rows are of one class")
		return i
	}
	variance, err := l.variance(value)
	switch {
	case err != nil:
		i.nothing(-1, 1, err.Error())
		return i
	case l.groups() < 2:
		i.nothing(-1, 1, "one group: nothing follows for others")
		return i
	case variance < noVariance:
		i.agreed(l.pairs())
		return i
	}
	i.DF, i.Method = l.df(), ByT
	half := tQuantile(level, i.DF) * math.Sqrt(variance)
	i.Low, i.High = max(-1, i.Value-half), min(1, i.Value+half)
	i.few()
	return i
}

// agreed gives the limits of a difference that k independent pairs of groups agree on. If a
// share q of all pairs has this difference, k of k do with probability q^k, so q is at least
// Clopper and Pearson's lower limit of k of k; the other pairs have any difference.
func (i *Interval) agreed(k int) {
	if k < 2 {
		i.nothing(-1, 1, fmt.Sprintf("%d pair of groups: nothing follows for others", k))
		return
	}
	q, _ := exactLimits(float64(k), float64(k), i.Level)
	i.Low, i.High, i.Method = max(-1, i.Value*q-(1-q)), min(1, i.Value*q+(1-q)), ByExact
	i.note(fmt.Sprintf("no group differs from the others: limits of %d of %d pairs of groups", k, k))
}
