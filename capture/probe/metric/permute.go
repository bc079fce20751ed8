package metric

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"intentprobe/capture/hint"
)

// Shuffle draws labels as they could have been if they had nothing to do with the rows.
// Groups of one class exchange their labels with others of their stratum; a group that has
// both classes keeps its labels or has all of them turned round, since what its rows share by
// class is not for shuffling row by row.
type Shuffle struct {
	labels []bool
	of     *layout
	strata [][]int // groups of one class
	mixed  []int
	chance *rand.Rand
}

// NewShuffle is for rows with labels, groups and strata (a run, a style; nil for one stratum).
// The rows of a group must be of one stratum. Labels that cannot be exchanged at all are
// refused.
func NewShuffle(positive []bool, group, stratum []string, seed uint64) (*Shuffle, error) {
	l, err := layoutOf(len(positive), positive, group)
	if err != nil {
		return nil, err
	}
	if stratum != nil && len(stratum) != len(positive) {
		return nil, fmt.Errorf("%d rows, but %d strata", len(positive), len(stratum))
	}
	s := &Shuffle{labels: positive, of: l, chance: rand.New(rand.NewPCG(seed, 0x7065726d))}
	at, in := map[string]int{}, make([]int, l.groups())
	for g := range in {
		in[g] = -1
	}
	for i, g := range l.of {
		name := ""
		if stratum != nil {
			name = stratum[i]
		}
		k, there := at[name]
		if !there {
			k = len(at)
			at[name] = k
			s.strata = append(s.strata, nil)
		}
		switch {
		case in[g] < 0:
			in[g] = k
			if l.pos[g] > 0 && l.neg[g] > 0 {
				s.mixed = append(s.mixed, g)
			} else {
				s.strata[k] = append(s.strata[k], g)
			}
		case in[g] != k:
			return nil, hint.With(fmt.Errorf("row %d: the rows of its group are of several strata", i), "a stratum holds whole groups: choose other strata")
		}
	}
	if s.Ways() < 2 {
		return nil, hint.With(errors.New("the labels cannot be exchanged: within each stratum all groups have one class"), "take fewer strata, or a label that varies within them")
	}
	return s, nil
}

// Ways is how many different labellings there are; the least p value is one in so many.
func (s *Shuffle) Ways() float64 {
	log := float64(len(s.mixed)) * math.Ln2
	for _, groups := range s.strata {
		n, k := len(groups), 0
		for _, g := range groups {
			k += min(1, s.of.pos[g])
		}
		log += lchoose(n, k)
	}
	return math.Exp(log)
}

func lchoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// Next draws labels into out, which has one place a row.
func (s *Shuffle) Next(out []bool) {
	of := make([]bool, s.of.groups()) // the class of a pure group; a turned mixed one
	for _, groups := range s.strata {
		for i, at := range s.chance.Perm(len(groups)) {
			of[groups[i]] = s.of.pos[groups[at]] > 0
		}
	}
	turned := make([]bool, s.of.groups())
	mixed := make([]bool, s.of.groups())
	for _, g := range s.mixed {
		mixed[g], turned[g] = true, s.chance.IntN(2) == 1
	}
	for i, g := range s.of.of {
		if mixed[g] {
			out[i] = s.labels[i] != turned[g]
		} else {
			out[i] = of[g]
		}
	}
}

// MaxP gives the p values of statistics that were searched over (layers, token rules), each
// corrected by the largest of the search: (1 + #{draws whose largest >= observed}) / (1 + draws)
// (Westfall and Young 1993, single step). null has a list of the same statistics for each
// draw, larger being better; for either sign give |AUROC - 0.5|. Draws whose pipeline had no
// statistic (NaN) are refused, since leaving them out would be a choice.
func MaxP(observed []float64, null [][]float64) ([]float64, error) {
	if len(null) == 0 {
		return nil, hint.Usage(errors.New("there are no permutations"), "draw 199 or more")
	}
	if err := finite("statistic", observed); err != nil {
		return nil, err
	}
	largest := make([]float64, len(null))
	for b, draw := range null {
		if len(draw) != len(observed) {
			return nil, fmt.Errorf("permutation %d has %d statistics, the data %d", b, len(draw), len(observed))
		}
		if err := finite(fmt.Sprintf("statistic in permutation %d", b), draw); err != nil {
			return nil, err
		}
		largest[b] = math.Inf(-1)
		for _, x := range draw {
			largest[b] = max(largest[b], x)
		}
	}
	out := make([]float64, len(observed))
	for j, x := range observed {
		n := 1
		for _, m := range largest {
			if m >= x-1e-12 {
				n++
			}
		}
		out[j] = float64(n) / float64(1+len(null))
	}
	return out, nil
}
