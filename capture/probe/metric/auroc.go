package metric

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"intentprobe/storage/plural"
)

// AUROC is the probability that a positive row has a higher score than a negative one, ties
// counting one half: U/(m·n) of Mann and Whitney, by midranks. It is never turned round: below
// 0.5 the scores point the other way, and [Interval.Excludes](0.5) gives the sign that is sure.
//
// The variance is that of the jackknife over groups, the limits are score limits whose
// standard error goes with the value as that of Hanley and McNeil (1982) does, and t has the
// degrees of freedom of the groups. Near 0 and 1 few groups are out of order, and a variance
// that saw none too many is too small: a tenth of the square of what one more pair of groups
// at 0.5 would change is added. Where all rows are in order, P(all of k independent pairs of
// groups agree) <= AUROC^k bounds it. Of one class, or of one group of a class, nothing can be
// said about other groups, and equal scores say nothing: the interval is [0, 1].
func AUROC(d Data, level float64) (Interval, error) {
	if err := levelFault(level); err != nil {
		return Interval{}, err
	}
	l, err := d.check()
	if err != nil {
		return Interval{}, err
	}
	w := winsOf(d, l)
	i := Interval{Value: w.value(-1), Level: level, N: len(d.Score), Groups: l.groups()}
	pos, neg, posGroups, negGroups := l.classes()
	switch {
	case pos == 0 || neg == 0:
		i.nothing(0, 1, "all rows are of one class: there is no AUROC")
		return i, nil
	case l.pairs() < 2:
		i.nothing(0, 1, fmt.Sprintf("%s with positive rows and %d with negative ones: nothing follows for others", plural.Count(posGroups, "group"), negGroups))
		return i, nil
	case slices.Min(d.Score) == slices.Max(d.Score):
		i.nothing(0, 1, "all scores are equal")
		return i, nil
	case i.Value == 1 || i.Value == 0:
		pairs := l.pairs()
		i.Low, i.High = exactLimits(i.Value*float64(pairs), float64(pairs), level)
		i.Method = ByExact
		i.note(fmt.Sprintf("the classes are apart in all rows: limits of %d of %d pairs of groups", pairs, pairs))
		return i, nil
	}
	i.scored(l, w.value, aurocVariance)
	return i, nil
}

// scored fills in the score interval of a share in (0, 1) that can leave a group out.
func (i *Interval) scored(l *layout, value func(without int) float64, v func(float64) float64) {
	variance, err := l.variance(value)
	switch {
	case err != nil:
		i.nothing(0, 1, err.Error())
		return
	case variance < noVariance:
		i.nothing(0, 1, "no group differs from the others: there is nothing to tell the interval from")
		return
	}
	i.DF, i.Method = l.df(), ByScore
	variance += unseen * square((i.Value-0.5)/float64(l.pairs()))
	i.Low, i.High = scoreLimits(i.Value, variance, tQuantile(i.Level, i.DF), v)
	i.few()
}

// noVariance is what rounding leaves of a variance of 0.
const noVariance = 1e-24

// unseen is the share of one more pair of groups that the variance has beside the jackknife's,
// chosen by simulation (docs/decisions/019-intervals-of-auroc.md).
const unseen = 0.1

// aurocVariance is what Hanley and McNeil's variance of an AUROC is in proportion to in many
// rows: (Q1 - A²) + (Q2 - A²) with Q1 = A/(2-A) and Q2 = 2A²/(1+A).
func aurocVariance(a float64) float64 { return a * (1 - a) * ((1-a)/(2-a) + a/(1+a)) }

// wins counts the pairs of a positive and a negative row that are in order, a tie as one
// half: in all, by the groups whose rows take part, and within groups.
type wins struct {
	*layout
	total    float64
	by       []float64 // pairs that have a row of the group
	pos, neg int
}

func winsOf(d Data, l *layout) *wins {
	w := &wins{layout: l, by: make([]float64, l.groups())}
	w.pos, w.neg, _, _ = l.classes()
	order := make([]int, len(d.Score))
	for i := range order {
		order[i] = i
	}
	w.total = placements(d, order, func(row int, wins float64) { w.by[l.of[row]] += wins })
	members := make([][]int, l.groups())
	for i, g := range l.of {
		if l.pos[g] > 0 && l.neg[g] > 0 {
			members[g] = append(members[g], i)
		}
	}
	for g, rows := range members {
		if rows != nil { // pairs within the group were counted twice
			w.by[g] -= placements(d, rows, func(int, float64) {})
		}
	}
	return w
}

// placements says of each row how many rows of the other class it is in order with, and
// returns the number of pairs in order. It sorts rows by score.
func placements(d Data, rows []int, each func(row int, wins float64)) (total float64) {
	slices.SortFunc(rows, func(a, b int) int { return cmp.Compare(d.Score[a], d.Score[b]) })
	pos := 0
	for _, r := range rows {
		if d.Positive[r] {
			pos++
		}
	}
	posBefore, negBefore := 0, 0
	for at := 0; at < len(rows); {
		end, p := at, 0
		for end < len(rows) && d.Score[rows[end]] == d.Score[rows[at]] {
			if d.Positive[rows[end]] {
				p++
			}
			end++
		}
		n := end - at - p
		ofPos, ofNeg := float64(negBefore)+float64(n)/2, float64(pos-posBefore-p)+float64(p)/2
		for _, r := range rows[at:end] {
			if d.Positive[r] {
				each(r, ofPos)
			} else {
				each(r, ofNeg)
			}
		}
		total += float64(p) * ofPos
		posBefore, negBefore, at = posBefore+p, negBefore+n, end
	}
	return total
}

// value is the AUROC without a group; -1 leaves none out. NaN without rows of a class.
func (w *wins) value(without int) float64 {
	total, pos, neg := w.total, w.pos, w.neg
	if without >= 0 {
		total, pos, neg = total-w.by[without], pos-w.layout.pos[without], neg-w.layout.neg[without]
	}
	if pos == 0 || neg == 0 {
		return math.NaN()
	}
	return total / (float64(pos) * float64(neg))
}

// errAllInOne says that a figure hangs on one group.
var errAllInOne = errors.New("one group has all rows of a class: nothing follows for others")

// variance is that of the jackknife over groups (Efron and Tibshirani 1993, chapter 11) of a
// figure that can leave a group out: (G-1)/G · Σ (θ_(g) - mean)². Groups of one class each are
// two samples, and their sums are taken apart.
func (l *layout) variance(value func(without int) float64) (float64, error) {
	strata := [2][]float64{}
	apart := l.pure()
	for g := range l.groups() {
		x := value(g)
		if math.IsNaN(x) {
			return 0, errAllInOne
		}
		s := 0
		if apart && l.pos[g] > 0 {
			s = 1
		}
		strata[s] = append(strata[s], x)
	}
	sum := 0.0
	for _, x := range strata {
		if n := float64(len(x)); n > 1 {
			sum += square(n-1) / n * stat.Variance(x, nil)
		}
	}
	return sum, nil
}
