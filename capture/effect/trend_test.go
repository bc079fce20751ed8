package effect

import (
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/effect/simulate"
)

// The numbers are scipy.stats' (kendalltau, page_trend_test), but for the last row, of which
// SciPy's tau is NaN.
func TestTrends(t *testing.T) {
	rows := [][]float64{{0, 1, 2, 3}, {0, 2, 1, 3}, {0, 1, 1, 0.5}, {0, -1, -2, -3}, {0, 0, 0, 0}}
	for i, want := range []float64{1, 2.0 / 3, 0.18257418583505539, -1, 0} {
		require.InDelta(t, want, tauB(rows[i]), 1e-12, "%d", i)
	}
	p := pageOf(rows)
	require.InDelta(t, 130.5, p.L, 0)
	require.InDelta(t, 0.8520563361656318, p.Z, 1e-12)
	require.InDelta(t, 0.3941828248630501, p.P, 1e-12)
	require.Nil(t, pageOf(rows[:1]))
	require.Nil(t, pageOf([][]float64{{1, 2}, {1, 2}}))
	for i, want := range []bool{true, false, false, false, false} {
		require.Equal(t, want, monotone(rows[i], 1), "%d", i)
	}
	require.True(t, monotone(rows[3], -1))
}

// A curve has none at its place among the doses, and its own slope.
func TestCurveOfASimulatedIntervention(t *testing.T) {
	r := analyse(t, simulate.Design{Questions: 40, Samples: 2, Doses: []float64{2, 0.5, -1}, Slope: -0.7, Predict: "down", SDQuestion: 0.2, SDSample: 0.1, Seed: 3})
	require.Len(t, r.Curves, 1)
	c := r.Curves[0]
	require.Equal(t, "lie", c.Name)
	require.Equal(t, "gap", c.Unit)
	require.Equal(t, []float64{-1, 0, 0.5, 2}, c.Doses)
	require.Equal(t, []string{"lie@-1", "none", "lie@0.5", "lie@2"}, c.Arms)
	require.Less(t, *c.Slope.Low, -0.7)
	require.Greater(t, *c.Slope.High, -0.7)
	require.InDelta(t, 0, c.Changes[1], 0)
	require.Less(t, c.Page.Z, -3.0)
	require.Greater(t, *c.Monotone, 0.5)

	bent := analyse(t, simulate.Design{Questions: 40, Doses: []float64{2, 1, -1, -2}, Bend: 1, Predict: "up", Seed: 3}).Curves[0]
	require.InDelta(t, 0, bent.Slope.Mean, 1e-9, "what rises on both sides has no slope")
	require.InDelta(t, 0, *bent.Monotone, 0)
}

// An arm at the dose that changes nothing does not stand beside none.
func TestACurveWithADoseOfNothing(t *testing.T) {
	c := analyse(t, simulate.Design{Questions: 5, Doses: []float64{0, 1, 2}, Slope: 1}).Curves[0]
	require.Equal(t, []float64{0, 1, 2}, c.Doses)
	require.Equal(t, "none", c.Arms[0])
	require.Empty(t, analyse(t, simulate.Design{Questions: 5, Doses: []float64{0, 1}, Slope: 1}).Curves, "one dose is no curve")
}
