package metric

import (
	"fmt"
	"math"
	"slices"
)

// Difference is the AUROC of scores less that of other scores of the same rows: a probe's less
// a baseline's. Rows and groups are paired, so what both find hard alike is taken out. The
// interval is Value ± t·se of the jackknife over groups.
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
	if !slices.ContainsFunc(other, func(x float64) bool { return x != other[0] }) {
		return overNothing(d, level)
	}
	a, b := winsOf(d, l), winsOf(Data{Score: other, Positive: d.Positive}, l)
	return l.difference(func(without int) float64 { return a.value(without) - b.value(without) }, len(d.Score), level), nil
}

// overNothing is the difference from scores that are all equal, whose AUROC is 0.5 whatever the
// rows are: what is unsure is the AUROC alone.
func overNothing(d Data, level float64) (Interval, error) {
	i, err := AUROC(d, level)
	i.Value, i.Low, i.High = i.Value-0.5, i.Low-0.5, i.High-0.5
	return i, err
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
		i.nothing(-1, 1, "no group differs from the others: there is nothing to tell the interval from")
		return i
	}
	i.DF, i.Method = l.df(), ByT
	half := tQuantile(level, i.DF) * math.Sqrt(variance)
	i.Low, i.High = max(-1, i.Value-half), min(1, i.Value+half)
	i.few()
	return i
}
