package effect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The numbers are scipy.stats' (t.interval, ttest_1samp).
func TestEstimateIsATIntervalOverQuestions(t *testing.T) {
	e := estimate(append(values(0.2, 1, -0.3, 0.7, 0.5), value{"e", 1.3}), 0.95) // question e has two samples
	require.Equal(t, 6, e.Samples)
	require.Equal(t, 5, e.Questions)
	require.Equal(t, 4, e.DF)
	require.InDelta(t, 0.5, e.Mean, 1e-12)
	require.InDelta(t, 0.5431390245600108, *e.SD, 1e-12)
	require.InDelta(t, -0.17439617281567554, *e.Low, 1e-9)
	require.InDelta(t, 1.1743961728156755, *e.High, 1e-9)
	require.InDelta(t, 0.10864123566937972, *e.P, 1e-9)
}

func TestEstimateOfFewOrEqualValues(t *testing.T) {
	require.Nil(t, estimate(nil, 0.95))
	require.Nil(t, estimate(values(math.NaN(), math.Inf(1)), 0.95))
	one := estimate([]value{{"a", 1}, {"a", 3}, {"a", math.NaN()}}, 0.95)
	require.Equal(t, &Estimate{Mean: 2, Samples: 2, Questions: 1}, one)
	same := estimate(values(0.1+0.2, 0.3, 0.3, 0.3, 0.3), 0.95) // the first is 0.30000000000000004
	require.True(t, same.Agree)
	require.Nil(t, same.Low)
	require.InDelta(t, 2.0/32, *same.P, 1e-15)
	none := estimate(values(0, 0, 0), 0.95)
	require.True(t, none.Agree)
	require.InDelta(t, 1, *none.P, 0)
}

// A share and a divergence have no test, and no interval beyond what they can be.
func TestAnEstimateWithinLimits(t *testing.T) {
	e := estimate(values(0, 0, 1, 1, 1, 1), 0.95)
	require.Greater(t, *e.High, 1.0)
	e = e.within(0, 1)
	require.InDelta(t, 1, *e.High, 0)
	require.Positive(t, *e.Low)
	require.Nil(t, e.P)
	require.Nil(t, estimate(nil, 0.95).within(0, 1))
}

func TestHolm(t *testing.T) {
	for i, want := range []float64{0.04, 0.09, 0.09, 0.025, 0.9} {
		require.InDelta(t, want, Holm([]float64{0.01, 0.04, 0.03, 0.005, 0.9})[i], 1e-15, "%d", i)
	}
	require.Empty(t, Holm(nil))
	require.Equal(t, []float64{1, 1}, Holm([]float64{0.6, 0.7}))
}

func TestRankOfAnEffectAmongItsControls(t *testing.T) {
	require.InDelta(t, 1.0/5, rank(-2, []float64{1, -1, 0.5, 1.9}), 1e-15)
	require.InDelta(t, 3.0/5, rank(-2, []float64{1, -2, 2.5, 1.9}), 1e-15) // one that is as large counts
	require.Equal(t, 19, (&Options{Level: 0.95}).limits().MinControls)
	require.Equal(t, 99, (&Options{Level: 0.99}).limits().MinControls)
}
