package metric

import (
	"fmt"
	"math"

	"intentprobe/storage/plural"
)

// BalancedAccuracy is the mean of the rates of positive rows above a threshold and of negative
// rows not above it. Its interval is one over groups, as that of [AUROC] is: jackknife, score
// limits, and exact limits of independent pairs of groups where no row is on the wrong side.
func BalancedAccuracy(d Data, threshold, level float64) (Interval, error) {
	if err := levelFault(level); err != nil {
		return Interval{}, err
	}
	l, err := d.check()
	if err != nil {
		return Interval{}, err
	}
	found, rejected := make([]float64, l.groups()), make([]float64, l.groups())
	var allFound, allRejected float64
	for i, s := range d.Score {
		switch {
		case d.Positive[i] && s > threshold:
			found[l.of[i]]++
			allFound++
		case !d.Positive[i] && s <= threshold:
			rejected[l.of[i]]++
			allRejected++
		}
	}
	pos, neg, _, _ := l.classes()
	value := func(without int) float64 {
		f, r, p, n := allFound, allRejected, pos, neg
		if without >= 0 {
			f, r, p, n = f-found[without], r-rejected[without], p-l.pos[without], n-l.neg[without]
		}
		if p == 0 || n == 0 {
			return math.NaN()
		}
		return (f/float64(p) + r/float64(n)) / 2
	}
	return l.meanOfClasses(value, len(d.Score), level), nil
}

// meanOfClasses is the interval of a mean of two classes' rates that can leave a group out.
func (l *layout) meanOfClasses(value func(without int) float64, rows int, level float64) Interval {
	i := Interval{Value: value(-1), Level: level, N: rows, Groups: l.groups()}
	_, _, posGroups, negGroups := l.classes()
	switch {
	case posGroups == 0 || negGroups == 0:
		i.nothing(0, 1, "all rows are of one class")
		return i
	case l.pairs() < 2:
		i.nothing(0, 1, fmt.Sprintf("%s with positive rows and %d with negative ones: nothing follows for others", plural.Count(posGroups, "group"), negGroups))
		return i
	case i.Value == 1 || i.Value == 0:
		pairs := float64(l.pairs())
		i.Low, i.High = exactLimits(i.Value*pairs, pairs, level)
		i.Method = ByExact
		i.note(fmt.Sprintf("all rows agree: limits of %d pairs of groups", l.pairs()))
		return i
	}
	i.scored(l, value, func(x float64) float64 { return x * (1 - x) })
	return i
}
