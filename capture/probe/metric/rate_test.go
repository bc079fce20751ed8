package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

func numbers(n int) (out []float64) {
	for i := range n {
		out = append(out, float64(i+1))
	}
	return out
}

func TestRates(t *testing.T) {
	none, err := Rate(make([]bool, 299), nil, 0.9) // two-sided 0.9: each side 0.05
	require.NoError(t, err)
	require.Zero(t, none.Low)
	require.LessOrEqual(t, none.High, 0.01)

	grouped := make([]string, 299)
	for i := range grouped {
		grouped[i] = fmt.Sprint(i % 10)
	}
	few, err := Rate(make([]bool, 299), grouped, 0.9)
	require.NoError(t, err)
	require.InDelta(t, 1-math.Pow(0.05, 0.1), few.High, 1e-9, "ten groups are ten, however many rows")
	require.Contains(t, few.Note, "10 groups")

	hits := make([]bool, 20)
	for i := range 7 {
		hits[i] = true
	}
	alone, err := Rate(hits, nil, 0.95)
	require.NoError(t, err)
	require.InDelta(t, 0.153909, alone.Low, 1e-6) // scipy.stats.binomtest(7, 20)
	require.InDelta(t, 0.592189, alone.High, 1e-6)
	doubled, err := Rate(append(hits, hits...), append(grouped[:0:0], twice(20)...), 0.95)
	require.NoError(t, err)
	require.Equal(t, ByEffective, doubled.Method)
	require.InDelta(t, alone.Low, doubled.Low, 0.02, "copies of rows say nothing new")
	require.InDelta(t, alone.High, doubled.High, 0.02)

	one, err := Rate([]bool{true, false}, repeat("a", 2), 0.95)
	require.NoError(t, err)
	require.Equal(t, ByNothing, one.Method)
}

func twice(n int) (out []string) {
	for range 2 {
		for i := range n {
			out = append(out, fmt.Sprint(i))
		}
	}
	return out
}

func TestConformal(t *testing.T) {
	c, err := Conformal(Control{Name: "honest", Score: numbers(99)}, 0.01, 0.95)
	require.NoError(t, err)
	require.Equal(t, 99, c.Rank)
	require.Equal(t, 99.0, c.Value)
	require.True(t, math.IsInf(c.High, 1))

	c, err = Conformal(Control{Name: "honest", Score: numbers(98)}, 0.01, 0.95)
	require.NoError(t, err)
	require.True(t, math.IsInf(c.Value, 1))
	require.Contains(t, c.Note, "it takes 99")
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.Contains(t, string(text), `"value":null`)

	c, err = Conformal(Control{Name: "honest", Score: numbers(1000)}, 0.01, 0.95)
	require.NoError(t, err)
	require.Equal(t, 991, c.Rank)                                   // ceil(1001 * 0.99)
	require.Equal(t, []float64{983, 997}, []float64{c.Low, c.High}) // scipy.stats.binom
	for n, alpha := range map[int]float64{9: 0.1, 19: 0.05, 99: 0.01, 999: 0.001} {
		require.Equal(t, n, NeededForThreshold(alpha))
		require.Equal(t, n, conformalRank(n, alpha), "rounding is not rounded up")
	}
	_, err = Conformal(Control{Name: "x", Score: numbers(5)}, 0, 0.95)
	expect.Refused(t, err, "false positives")
	_, err = Conformal(Control{Name: "alpaca", Score: []float64{math.NaN()}}, 0.1, 0.95)
	require.ErrorContains(t, err, "alpaca")
	_, err = Conformal(Control{Name: "alpaca"}, 0.1, 0.95)
	require.ErrorContains(t, err, "alpaca")
}

// The share of new honest scores above the threshold is at most alpha on average.
func TestConformalHolds(t *testing.T) {
	for _, n := range []int{99, 150, 420} {
		// Of uniform scores the expected share above the k-th smallest of n is 1 - k/(n+1).
		require.LessOrEqual(t, 1-float64(conformalRank(n, 0.01))/float64(n+1), 0.01+1e-12)
	}
}

func TestRecallAt(t *testing.T) {
	positive := []float64{980, 985, 992, 995, 1001, 1002, 1003, 1004}
	r, err := RecallAt(positive, nil, Control{Name: "alpaca", Score: numbers(1000)}, 0.01, 0.95)
	require.NoError(t, err)
	require.Equal(t, 6.0/8, r.Rate.Value)
	require.LessOrEqual(t, r.Both.Low, r.Rate.Low)
	require.GreaterOrEqual(t, r.Both.High, r.Rate.High)
	r, err = RecallAt(positive, nil, Control{Name: "alpaca", Score: numbers(20)}, 0.01, 0.95)
	require.NoError(t, err)
	require.Zero(t, r.Rate.Value, "nothing is above a threshold that cannot be set")
	require.Contains(t, r.Rate.Note, "it takes 99")
	require.Zero(t, r.Both.Low)
	_, err = RecallAt(nil, nil, Control{}, 0.01, 0.95)
	require.ErrorContains(t, err, "no positive rows")
}

func TestBalancedAccuracy(t *testing.T) {
	d := Data{Score: []float64{1, 2, 3, 4, 5, 6}, Positive: []bool{false, true, false, false, true, true}}
	b, err := BalancedAccuracy(d, 3, 0.95)
	require.NoError(t, err)
	require.InDelta(t, (2.0/3+2.0/3)/2, b.Value, 1e-15)
	d.Positive = []bool{false, false, false, true, true, true}
	b, err = BalancedAccuracy(d, 3, 0.95)
	require.NoError(t, err)
	require.Equal(t, 1.0, b.Value)
	require.InDelta(t, math.Pow(0.025, 1.0/3), b.Low, 1e-9)
	// One side always right, the other always wrong: nothing varies.
	b, err = BalancedAccuracy(d, 100, 0.95)
	require.NoError(t, err)
	require.Equal(t, []float64{0.5, 0, 1}, []float64{b.Value, b.Low, b.High})
	require.NotEmpty(t, b.Note)
}

func TestPower(t *testing.T) {
	least, err := Design{50, 50, 0.95, 0.8}.Resolvable(0.5)
	require.NoError(t, err)
	require.InDelta(t, 0.66, least, 0.005)
	n, err := NeededToResolve(least, 0.5, 0.95, 0.8)
	require.NoError(t, err)
	require.Equal(t, 50, n)
	least, err = Design{2, 2, 0.95, 0.8}.Resolvable(0.5)
	require.NoError(t, err)
	require.True(t, math.IsInf(least, 1))

	high, err := UpperRate(0, 299, 0.95)
	require.NoError(t, err)
	require.LessOrEqual(t, high, 0.01)
	n, err = NeededToBound(0, 0.01, 0.95)
	require.NoError(t, err)
	require.Equal(t, 299, n)
	n, err = NeededToBound(1, 0.01, 0.95)
	require.NoError(t, err)
	require.Equal(t, 473, n)
	high, err = UpperRate(3, 3, 0.95)
	require.NoError(t, err)
	require.Equal(t, 1.0, high)

	for _, err := range []error{
		second(NeededToBound(0, 0, 0.95)), second(NeededToResolve(0.5, 0.5, 0.95, 0.8)), second(UpperRate(0, 10, 0)),
		second(UpperRate(4, 3, 0.95)), second(Design{0, 9, 0.95, 0.8}.Resolvable(0.5)), second(Design{9, 9, 0.95, 1}.Resolvable(0.5)), second(Design{9, 9, 0.95, 0.8}.Resolvable(1)),
	} {
		require.Error(t, err)
	}
}

func second[T any](_ T, err error) error { return err }
