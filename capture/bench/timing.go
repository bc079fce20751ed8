package bench

import (
	"fmt"
	"slices"
	"time"
)

// Timing is two ways of doing the same work, timed in pairs that alternate.
type Timing struct {
	Name      string `json:"name"`
	Weights   string `json:"weights"`
	Base      string `json:"base"` // the two ways
	Other     string `json:"other"`
	BaseRate  Spread `json:"base_rate"` // tokens per second
	OtherRate Spread `json:"other_rate"`
	Ratio     Spread `json:"ratio"` // other / base, pair by pair
}

// Spread is the median, the lowest and the highest of several measurements.
type Spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

func spreadOf(x []float64) Spread {
	slices.Sort(x)
	return Spread{x[len(x)/2], x[0], x[len(x)-1]}
}

// timing alternates two ways of decoding so many tokens.
func (m *Model) timing(name, base, other string, tokens int, first, second func() error) (Timing, error) {
	var rates [2][]float64
	var ratios []float64
	for pair := range m.opt.Pairs + 1 {
		var took [2]float64
		for i, f := range []func() error{first, second} {
			started := time.Now()
			if err := f(); err != nil {
				return Timing{}, fmt.Errorf("bench: %s: %w", name, err)
			}
			took[i] = time.Since(started).Seconds()
		}
		if pair > 0 {
			ratios = append(ratios, took[0]/took[1])
			for i := range took {
				rates[i] = append(rates[i], float64(tokens)/took[i])
			}
		}
	}
	return Timing{name, m.opt.Engine.Weights, base, other, spreadOf(rates[0]), spreadOf(rates[1]), spreadOf(ratios)}, nil
}
