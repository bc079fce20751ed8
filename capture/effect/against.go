package effect

import (
	"math"

	"intentprobe/storage/rundir"
)

// The kinds of arms that have rules of their own; other controls are single arms.
const (
	kindEdit       = "edit"
	kindRandom     = "random"
	kindCovariance = "covariance"
	kindOpposite   = "opposite"
	kindPrompt     = "prompt"
)

// Against is an arm against its controls of one kind.
type Against struct {
	Kind    string    `json:"kind"`
	Arms    []string  `json:"arms"`
	Effects []float64 `json:"effects"` // mean change of each

	// Rank is, of random directions, (1 + #{|c| >= |arm|}) / (1 + n) over the effects c of the
	// n controls: the p value of a Monte Carlo test (Davison and Hinkley 1997, section 4.2).
	Rank *float64 `json:"rank,omitempty"`

	// Difference is the arm's change less the mean of the controls', of the samples that all
	// of them have.
	Difference *Estimate `json:"difference"`
	Beyond     bool      `json:"beyond"` // the arm goes further, by the rules of docs/effects.md
}

// against compares an arm with its controls of one kind. Controls without samples are
// left out; nil where none is left.
func (f *frame) against(arm rundir.Arm, kind string, controls []rundir.Arm, change *Estimate, level float64) *Against {
	out := &Against{Kind: kind}
	of := make([]map[key]float64, 0, len(controls))
	for _, c := range controls {
		pairs, _ := f.pairs(c.Name)
		e := estimate(valuesOf(pairs, pair.change), level)
		if e == nil {
			continue
		}
		changes := map[key]float64{}
		for _, p := range pairs {
			changes[p.arm.key] = p.change()
		}
		out.Arms, out.Effects, of = append(out.Arms, c.Name), append(out.Effects, e.Mean), append(of, changes)
	}
	if len(of) == 0 {
		return nil
	}
	pairs, _ := f.pairs(arm.Name)
	out.Difference = estimate(valuesOf(pairs, func(p pair) float64 {
		sum := 0.0
		for _, changes := range of {
			c, there := changes[p.arm.key]
			if !there {
				return math.NaN()
			}
			sum += c
		}
		return p.change() - sum/float64(len(of))
	}), level)
	if ranked(kind) {
		out.Rank = new(rank(change.Mean, out.Effects))
	}
	alpha := 1 - level
	side := sign(change.Mean)
	out.Beyond = change.significant(side, alpha) && out.Difference.significant(side, alpha) && (out.Rank == nil || *out.Rank <= alpha+1e-9)
	return out
}

func ranked(kind string) bool { return kind == kindRandom || kind == kindCovariance }

// rank is the p value of an effect among those of its controls.
func rank(effect float64, controls []float64) float64 {
	n := 1
	for _, c := range controls {
		if math.Abs(c) >= math.Abs(effect) {
			n++
		}
	}
	return float64(n) / float64(1+len(controls))
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
