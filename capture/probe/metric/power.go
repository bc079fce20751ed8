package metric

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"intentprobe/capture/hint"
)

// Design is what a power statement is about: so many independent units (groups, or samples
// that share none) of each class, a two-sided level and a power.
type Design struct {
	Positive int
	Negative int
	Level    float64 // 0.95
	Power    float64 // 0.8
}

func (d Design) check() error {
	if d.Positive < 1 || d.Negative < 1 {
		return hint.With(fmt.Errorf("%d positive and %d negative units resolve nothing", d.Positive, d.Negative), "both classes are needed")
	}
	if !(d.Power > 0 && d.Power < 1) {
		return hint.Usage(fmt.Errorf("a power of %g is not between 0 and 1", d.Power), "0.8 is usual")
	}
	return levelFault(d.Level)
}

// hanleyMcNeil is the variance of an AUROC of m and n independent rows (1982, Radiology 143, 29-36).
func hanleyMcNeil(a, m, n float64) float64 {
	q1, q2 := a/(2-a), 2*a*a/(1+a)
	return (a*(1-a) + (m-1)*(q1-a*a) + (n-1)*(q2-a*a)) / (m * n)
}

// Resolvable is the least AUROC above from that these units tell from it: the least a with
// a - from >= z_level · se(from) + z_power · se(a), by Hanley and McNeil's variance. It is 1
// or more (+Inf) where none can be told. 50 and 50 tell 0.66 from 0.5.
func (d Design) Resolvable(from float64) (float64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if !(from >= 0.5 && from < 1) {
		return 0, hint.Usage(fmt.Errorf("an AUROC of %g to be told from", from), "it is at least 0.5 and below 1")
	}
	resolved := func(a float64) bool {
		m, n := float64(d.Positive), float64(d.Negative)
		z := distuv.UnitNormal.Quantile((1 + d.Level) / 2)
		return a-from >= z*math.Sqrt(hanleyMcNeil(from, m, n))+distuv.UnitNormal.Quantile(d.Power)*math.Sqrt(hanleyMcNeil(a, m, n))
	}
	if !resolved(1) {
		return math.Inf(1), nil
	}
	low, high := from, 1.0
	for range 60 {
		if mid := (low + high) / 2; resolved(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high, nil
}

// NeededToResolve is how many units of each class tell an AUROC from another one, at a level
// and power.
func NeededToResolve(a, from, level, power float64) (int, error) {
	if !(a > from) {
		return 0, hint.Usage(fmt.Errorf("an AUROC of %g is not above %g", a, from), "claim a difference")
	}
	enough := func(n int) (bool, error) {
		least, err := Design{n, n, level, power}.Resolvable(from)
		return least <= a, err
	}
	high := 2
	for {
		ok, err := enough(high)
		if err != nil {
			return 0, err
		}
		if ok {
			break
		}
		if high > 1<<40 {
			return 0, errors.New("no number of units tells these apart")
		}
		high *= 2
	}
	low := high / 2
	for low+1 < high {
		if ok, _ := enough((low + high) / 2); ok {
			high = (low + high) / 2
		} else {
			low = (low + high) / 2
		}
	}
	return high, nil
}

// UpperRate is the one-sided upper limit of a rate of which k of n independent units were
// seen: the x with P(Bin(n, x) <= k) = 1 - level. Of 0 of 299 it is 0.01 at 0.95.
func UpperRate(k, n int, level float64) (float64, error) {
	if err := levelFault(level); err != nil {
		return 0, err
	}
	if n < 1 || k < 0 || k > n {
		return 0, fmt.Errorf("%d of %d units", k, n)
	}
	_, high := exactLimits(float64(k), float64(n), 2*level-1)
	return high, nil
}

// NeededToBound is the least n of which k seen bound a rate below a claim, one-sided.
// For 0 seen, 1 % and 0.95 it is 299.
func NeededToBound(k int, claim, level float64) (int, error) {
	if !(claim > 0 && claim < 1) {
		return 0, hint.Usage(fmt.Errorf("a rate of %g cannot be bounded by counting", claim), "claim a rate between 0 and 1")
	}
	if err := levelFault(level); err != nil {
		return 0, err
	}
	below := func(n int) bool {
		high, err := UpperRate(k, n, level)
		return err == nil && high <= claim
	}
	high := k + 1
	for !below(high) {
		high *= 2
	}
	low := k
	for low+1 < high {
		if mid := (low + high) / 2; below(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high, nil
}
