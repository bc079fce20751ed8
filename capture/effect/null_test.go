package effect

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/effect/simulate"
)

// found counts in how many of so many runs any arm gets a word that begins so.
func found(t *testing.T, runs int, word string, design func(seed uint64) simulate.Design) (n int) {
	for seed := range runs {
		for _, a := range analyse(t, design(uint64(seed))).Arms {
			if a.Verdict != nil && strings.HasPrefix(a.Verdict.Word, word) {
				n++
				break
			}
		}
	}
	return n
}

// Without an effect, few runs have any arm that is as predicted: with Holm's correction over
// three arms at most 5 %, half of them in the predicted direction. Of 400 runs, 18 or fewer
// have one with probability 0.99 at that rate (binomial, 0.025).
func TestWithoutAnEffectFewArmsAreAsPredicted(t *testing.T) {
	design := func(seed uint64) simulate.Design {
		return simulate.Design{Questions: 12, Samples: 2, Doses: []float64{1, 2, 4}, Predict: "up", SDQuestion: 1, SDSample: 1, Seed: seed}
	}
	require.LessOrEqual(t, found(t, 400, NoControls, design), 18)
	require.LessOrEqual(t, found(t, 400, Opposed, design), 18)
	require.Zero(t, found(t, 50, BeyondControls, design), "there are no controls")
	sharp := func(seed uint64) simulate.Design {
		return simulate.Design{Questions: 12, Samples: 2, Doses: []float64{1, 2, 4}, Predict: "up", SDQuestion: 0.2, SDSample: 0.2, Seed: seed}
	}
	n := found(t, 400, TooSmall, sharp) // which says that it is other than 0: in 5 %, of 400 runs 31 or fewer with probability 0.99
	require.LessOrEqual(t, n, 31)
	require.Positive(t, n, "the test can fail: some are by chance")
	require.Greater(t, found(t, 50, NoEffect, sharp), 45)
}

// An effect as large as the margin seldom counts as none: in at most 2.5 % of the runs (the
// two one-sided tests of Schuirmann 1987, each at half of 1 - level). Of 400 runs, 18 or
// fewer have it with probability 0.99 at that rate.
func TestAnEffectOfTheMarginIsSeldomTooSmall(t *testing.T) {
	n := 0
	for _, word := range []string{NoEffect, TooSmall} {
		n += found(t, 400, word, func(seed uint64) simulate.Design {
			return simulate.Design{Questions: 12, Doses: []float64{1}, Slope: DefaultMargin, Predict: "up", SDQuestion: 0.3, SDSample: 0.3, Seed: seed}
		})
	}
	require.LessOrEqual(t, n, 18)
	require.Positive(t, n, "the test can fail: some are by chance")
}

// A direction that is one random direction among others is beyond them in at most 5 % of the
// runs, however sure its effect: half of these in the predicted direction. Of 200 runs, 11
// or fewer have one with probability 0.99 at that rate (binomial, 0.025).
func TestARandomDirectionIsSeldomBeyondRandomDirections(t *testing.T) {
	effects := func(seed uint64) float64 { // of the same distribution as its controls'
		d := simulate.Design{Questions: 1, Doses: []float64{1}, Random: 1, ControlSD: 1, SDQuestion: 0, Seed: seed + 1e6}
		return armEffect(t, d)
	}
	n := found(t, 200, BeyondControls, func(seed uint64) simulate.Design {
		return simulate.Design{Questions: 12, Doses: []float64{1}, Slope: effects(seed), Predict: "up", Random: 19, ControlSD: 1, SDQuestion: 0.1, Seed: seed}
	})
	require.LessOrEqual(t, n, 11)
	require.Positive(t, n, "the test can fail: some are beyond by chance")
}

// armEffect is the effect of the control that a design draws.
func armEffect(t *testing.T, d simulate.Design) float64 {
	return armNamed(t, analyse(t, d), "lie@1/random.1").Change.Mean
}
