package metric

import (
	"errors"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/storage/plural"
)

// Rate is the share of rows that are hits, with exact limits. Where rows share groups, n is
// the effective number p(1-p)/variance, the variance being that over groups, scaled by the
// squares of the t quantiles of n - 1 and of the groups' degrees of freedom, and at most the
// rows (Korn and Graubard 1998, Survey Methodology 24, 193-201). Where all rows agree the
// variance says nothing and each group counts as one: P(all G groups agree) <= rate^G. Without
// groups each row counts.
func Rate(hit []bool, group []string, level float64) (Interval, error) {
	if err := levelFault(level); err != nil {
		return Interval{}, err
	}
	l, err := layoutOf(len(hit), hit, group)
	if err != nil {
		return Interval{}, err
	}
	hits, misses, _, _ := l.classes()
	n := float64(hits + misses)
	p := float64(hits) / n
	i := Interval{Value: p, Level: level, N: len(hit), Groups: l.groups(), Method: ByExact}
	if hits == 0 || misses == 0 {
		groups := float64(i.Groups)
		i.Low, i.High = exactLimits(p*groups, groups, level)
		if i.Groups < i.N {
			i.note("all rows agree: limits of " + plural.Count(i.Groups, "group"))
		}
		return i, nil
	}
	if i.Groups == i.N {
		i.Low, i.High = exactLimits(float64(hits), n, level)
		return i, nil
	}
	if i.Groups < 2 {
		i.nothing(0, 1, "one group: nothing follows for others")
		return i, nil
	}
	variance, err := rateVariance(l)
	if err != nil {
		return Interval{}, err
	}
	i.DF, i.Method = l.sizeDF(), ByEffective
	effective := n
	if variance > 0 {
		effective = p * (1 - p) / variance * square(tQuantile(level, n-1)/tQuantile(level, i.DF))
	}
	effective = min(n, max(1, effective))
	i.Low, i.High = exactLimits(p*effective, effective, level)
	i.few()
	return i, nil
}

// rateVariance is the linearised variance of hits/rows over groups: G/(G-1) Σ (h_g - p n_g)²/n².
func rateVariance(l *layout) (float64, error) {
	hits, misses, _, _ := l.classes()
	n, groups := float64(hits+misses), float64(l.groups())
	if groups < 2 {
		return 0, errors.New("one group has no variance over groups")
	}
	p, sum := float64(hits)/n, 0.0
	for g := range l.pos {
		sum += square(float64(l.pos[g]) - p*float64(l.pos[g]+l.neg[g]))
	}
	return groups / (groups - 1) * sum / (n * n), nil
}

// sizeDF is df of one sample, whose groups count by their rows.
func (l *layout) sizeDF() float64 {
	sum, squares := 0.0, 0.0
	for g := range l.pos {
		w := square(float64(l.pos[g] + l.neg[g]))
		sum, squares = sum+w, squares+w*w
	}
	groups := float64(l.groups())
	return max(1, sum*sum/squares*(groups-1)/groups)
}

// FalsePositives is the rate of rows of an honest control set whose score is above a
// threshold.
func FalsePositives(scores []float64, group []string, threshold, level float64) (Interval, error) {
	if err := finite("score", scores); err != nil {
		return Interval{}, err
	}
	if math.IsNaN(threshold) {
		return Interval{}, hint.Usage(errors.New("the threshold is no number"), "take it from a control set, see Conformal")
	}
	return Rate(above(scores, threshold), group, level)
}

// above says which scores are above a threshold.
func above(scores []float64, threshold float64) []bool {
	out := make([]bool, len(scores))
	for i, s := range scores {
		out[i] = s > threshold
	}
	return out
}
