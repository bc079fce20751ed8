package metric

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mathext"

	"intentprobe/capture/hint"
	"intentprobe/storage/plural"
)

// Control is a named set of honest rows. Without Group each row is a group of its own.
type Control struct {
	Name  string
	Score []float64
	Group []string
}

// Threshold is the conformal threshold of a control set: the ⌈(n+1)(1-α)⌉-th smallest honest
// score. A new honest row that is exchangeable with those of the set is above it with
// probability at most α; nothing is said of honest rows of another kind. It is +Inf, which
// nothing is above, where n is too small (n < 1/α - 1).
//
// Low and High are the honest scores between which the true 1 - α quantile lies at the level
// (exact binomial over ranks; +Inf and -Inf where there is none).
type Threshold struct {
	Control string  `json:"control"`
	Alpha   float64 `json:"alpha"`
	Value   float64 `json:"value"` // in JSON null where it is infinite, as Low and High
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Level   float64 `json:"level"`
	Rank    int     `json:"rank"` // counted from 1; n + 1 is +Inf
	N       int     `json:"n"`
	Groups  int     `json:"groups"`
	Note    string  `json:"note,omitempty"`
}

// MarshalJSON writes what is infinite as null.
func (t Threshold) MarshalJSON() ([]byte, error) {
	type plain Threshold
	return json.Marshal(struct {
		plain
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
	}{plain(t), orNull(t.Value), orNull(t.Low), orNull(t.High)})
}

// UnmarshalJSON reads what is null as MarshalJSON wrote it: no row is above a threshold of +Inf,
// and limits of which there is none are -Inf and +Inf.
func (t *Threshold) UnmarshalJSON(text []byte) error {
	type plain Threshold
	read := struct {
		*plain
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
	}{plain: (*plain)(t)}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	t.Value, t.Low, t.High = math.Inf(1), math.Inf(-1), math.Inf(1)
	for _, pair := range []struct{ from, to *float64 }{{read.Value, &t.Value}, {read.Low, &t.Low}, {read.High, &t.High}} {
		if pair.from != nil {
			*pair.to = *pair.from
		}
	}
	return nil
}

// Conformal takes a threshold from a control set.
func Conformal(c Control, alpha, level float64) (Threshold, error) {
	if err := levelFault(level); err != nil {
		return Threshold{}, err
	}
	if !(alpha > 0 && alpha < 1) {
		return Threshold{}, hint.Usage(fmt.Errorf("a rate of false positives of %g is not between 0 and 1", alpha), "0.01 is usual")
	}
	if err := finite("score of "+c.Name, c.Score); err != nil {
		return Threshold{}, err
	}
	l, err := layoutOf(len(c.Score), nil, c.Group)
	if err != nil {
		return Threshold{}, fmt.Errorf("control set %s: %w", c.Name, err)
	}
	n := len(c.Score)
	sorted := slices.Sorted(slices.Values(c.Score))
	at := func(rank int) float64 {
		switch {
		case rank < 1:
			return math.Inf(-1)
		case rank > n:
			return math.Inf(1)
		}
		return sorted[rank-1]
	}
	t := Threshold{Control: c.Name, Alpha: alpha, Level: level, N: n, Groups: l.groups(), Rank: conformalRank(n, alpha)}
	t.Value = at(t.Rank)
	low, high := quantileRanks(n, 1-alpha, level)
	if t.Groups < n { // rows go together: at least as unsure as so many rows as there are groups
		low, high = quantileRanks(t.Groups, 1-alpha, level)
		low, high = scaleRank(low, t.Groups, n), scaleRank(high, t.Groups, n)
		t.Note = fmt.Sprintf("%d rows of %s: rows that go together say less than as many others", n, plural.Count(t.Groups, "group"))
	}
	t.Low, t.High = at(low), at(high)
	if t.Rank > n {
		t.Note = fmt.Sprintf("%s set no threshold of %g false positives: it takes %d", plural.Count(n, "honest row"), alpha, NeededForThreshold(alpha))
	}
	return t, nil
}

// conformalRank is ⌈(n+1)(1-α)⌉; what rounding leaves of a whole number is not rounded up.
func conformalRank(n int, alpha float64) int {
	return int(math.Ceil(float64(n+1)*(1-alpha) - 1e-9))
}

// NeededForThreshold is the least n with a conformal threshold of rate α: ⌈1/α⌉ - 1.
func NeededForThreshold(alpha float64) int {
	return max(1, int(math.Ceil(1/alpha-1e-9))-1)
}

// quantileRanks are the ranks between whose values the q quantile of a distribution lies
// (David and Nagaraja 2003, section 7.1): the largest low with P(Bin(n, q) < low) <= tail, 0
// where there is none, and the least high with P(Bin(n, q) >= high) <= tail, n + 1 where there
// is none.
func quantileRanks(n int, q, level float64) (low, high int) {
	tail := (1 - level) / 2
	atLeast := func(r int) float64 { return mathext.RegIncBeta(float64(r), float64(n-r+1), q) } // P(Bin >= r)
	low = sort.Search(n, func(i int) bool { return 1-atLeast(i+1) > tail })
	high = 1 + sort.Search(n, func(i int) bool { return atLeast(i+1) <= tail })
	return low, high
}

// scaleRank is the rank among n of one among fewer, away from the middle.
func scaleRank(rank, of, n int) int {
	switch {
	case rank < 1:
		return 0
	case rank > of:
		return n + 1
	case 2*rank > of:
		return min(n, int(math.Ceil(float64(rank)*float64(n)/float64(of))))
	}
	return int(math.Floor(float64(rank) * float64(n) / float64(of)))
}

// Recall is the rate of positive rows above a threshold that a control set gave.
type Recall struct {
	Threshold Threshold `json:"threshold"`
	// Rate has the interval of the threshold as it is: what this threshold finds.
	Rate Interval `json:"rate"`
	// Both takes in that another control set of this size would have set another threshold:
	// limits at the thresholds' limits, each of half the error (Bonferroni).
	Both Interval `json:"both"`
}

// RecallAt is the recall of positive rows at a rate α of false positives on a control set.
func RecallAt(scores []float64, group []string, c Control, alpha, level float64) (*Recall, error) {
	if len(scores) == 0 {
		return nil, hint.With(errors.New("there are no positive rows to find"), "look at the label's values")
	}
	if err := finite("score", scores); err != nil {
		return nil, err
	}
	t, err := Conformal(c, alpha, level)
	if err != nil {
		return nil, err
	}
	r := &Recall{Threshold: t}
	if r.Rate, err = Rate(above(scores, t.Value), group, level); err != nil {
		return nil, err
	}
	if t.Note != "" {
		r.Rate.note(t.Note)
	}
	half := 1 - (1-level)/2
	wide, err := Conformal(c, alpha, half)
	if err != nil {
		return nil, err
	}
	least, err := Rate(above(scores, wide.High), group, half)
	if err != nil {
		return nil, err
	}
	most, err := Rate(above(scores, wide.Low), group, half)
	if err != nil {
		return nil, err
	}
	r.Both = r.Rate
	r.Both.Low, r.Both.High, r.Both.Method = min(r.Rate.Low, least.Low), max(r.Rate.High, most.High), ByBoth
	if math.IsInf(wide.High, 1) {
		r.Both.Low = 0
		r.Both.note(fmt.Sprintf("no honest score of %d is surely above the %g quantile", t.N, 1-alpha))
	}
	return r, nil
}
