package effect

import "math"

// Flips says how many samples went from preferring one side of the alternatives to the
// other: D > 0 prefers the first option, D < 0 the others, and D = 0 neither, which is no
// flip. Towards is the predicted side; the first option where nothing is predicted.
type Flips struct {
	Towards int       `json:"towards"`
	Away    int       `json:"away"`
	Net     *Estimate `json:"net"` // share of samples towards, less the share away
}

// flipsOf counts flips; direction is +1 where the first option is predicted, -1 otherwise.
func flipsOf(pairs []pair, direction, level float64) *Flips {
	f := &Flips{}
	values := valuesOf(pairs, func(p pair) float64 {
		flip := flipped(p) * direction
		switch {
		case flip > 0:
			f.Towards++
		case flip < 0:
			f.Away++
		}
		return flip
	})
	if f.Net = estimate(values, level); f.Net == nil {
		return nil
	}
	return f
}

// flipped is +1 for a flip to the first option, -1 for one from it, 0 for none, and NaN
// where either sample has no scores.
func flipped(p pair) float64 {
	switch change := p.change(); {
	case !finite(change):
		return math.NaN()
	case p.none.d < 0 && p.arm.d > 0:
		return 1
	case p.none.d > 0 && p.arm.d < 0:
		return -1
	}
	return 0
}

// backwards gives the share of samples whose change goes against a direction. It has no
// test: that it is 0 is not what anyone asks.
func backwards(pairs []pair, direction, level float64) *Estimate {
	return estimate(valuesOf(pairs, func(p pair) float64 {
		change := p.change()
		switch {
		case !finite(change):
			return math.NaN()
		case change*direction < 0:
			return 1
		}
		return 0
	}), level).within(0, 1)
}
