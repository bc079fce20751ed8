package metric

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

func TestCalibration(t *testing.T) {
	d := Data{Score: []float64{0.1, 0.1, 0.35, 0.9, 1, 0}, Positive: []bool{false, true, true, true, true, false}}
	c, err := Calibrate(d, 10, 0.95, 1)
	require.NoError(t, err)
	require.InDelta(t, (0.8+0.65+0.1+0)/6, c.ECE.Value, 1e-12) // bin 0: 0, 0.1, 0.1, of which one is positive
	require.InDelta(t, (0.01+0.81+0.4225+0.01)/6, c.Brier.Value, 1e-12)
	require.Equal(t, 3, c.Bins[0].N, "a bin holds its upper edge")
	require.LessOrEqual(t, c.ECE.Low, c.ECE.Value)
	again, err := Calibrate(d, 10, 0.95, 1)
	require.NoError(t, err)
	require.Equal(t, c, again)
	_, err = Calibrate(Data{Score: []float64{1.5}, Positive: []bool{true}}, 10, 0.95, 1)
	require.ErrorContains(t, err, "no probability")
	_, err = Calibrate(d, 0, 0.95, 1)
	expect.Refused(t, err, "bins")
}

// Probabilities that are right have the error of chance; those that are too sure have more.
func TestCalibrationAgainstChance(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var right, sure Data
	for range 2000 {
		p := r.Float64()
		y := r.Float64() < p
		right.Score, right.Positive = append(right.Score, p), append(right.Positive, y)
		sure.Score, sure.Positive = append(sure.Score, 1/(1+math.Pow((1-p)/p, 3))), append(sure.Positive, y)
	}
	c, err := Calibrate(right, 10, 0.95, 1)
	require.NoError(t, err)
	require.Greater(t, c.P, 0.05)
	require.InDelta(t, c.Chance, c.ECE.Value, 0.02)
	c, err = Calibrate(sure, 10, 0.95, 1)
	require.NoError(t, err)
	require.Less(t, c.P, 0.01)
	require.Greater(t, c.ECE.Low, c.Chance)
}

func TestOnline(t *testing.T) {
	c, err := Online(10, 2, [][]float64{{0.5, 0.25}, {1}})
	require.NoError(t, err)
	require.Equal(t, CodeLength{Bits: 13, Uniform: 13, Compression: 1, N: 13, Classes: 2}, *c)
	_, err = Online(10, 2, [][]float64{{0.5}, {0.1, 0}})
	require.ErrorContains(t, err, "block 2, row 1")
	_, err = Online(10, 1, nil)
	expect.Refused(t, err, "1 classes")
	_, err = Online(0, 2, nil)
	require.ErrorContains(t, err, "no rows")
	require.Equal(t, []int{1, 2, 4, 8, 16, 31, 63, 125, 250, 500, 1000}, Blocks(1000, 1))
	require.Equal(t, []int{31, 63, 125, 250, 500, 1000}, Blocks(1000, 20))
}

func TestSelectivity(t *testing.T) {
	require.InDelta(t, 0.26, Selectivity(0.972, 0.712), 1e-12)
	task, control := Answers{}, Answers{}
	for i := range 60 {
		task.Right, task.Group = append(task.Right, i%10 != 0), append(task.Group, string(rune('a'+i/3)))
		control.Right, control.Group = append(control.Right, i%2 == 0), append(control.Group, string(rune('a'+i/3)))
	}
	s, err := SelectivityOf(task, control, 0.95)
	require.NoError(t, err)
	require.InDelta(t, 0.4, s.Value, 1e-12)
	require.Equal(t, 20, s.Groups)
	require.Greater(t, s.Low, 0.0)
	_, err = SelectivityOf(task, Answers{Right: control.Right}, 0.95)
	require.ErrorContains(t, err, "groups of both")
	_, err = SelectivityOf(task, Answers{Right: control.Right, Group: repeat("a", 3)}, 0.95)
	require.ErrorContains(t, err, "3 groups")
}

func TestPooling(t *testing.T) {
	x := []float64{1, 5, 3, 2}
	for want, p := range map[float64]Pooling{2.75: {Kind: PoolMean}, 5: {Kind: PoolMax}, 2: {Kind: PoolLast}, 4: {PoolFirst, 2, 1}, 2.5: {PoolFirst, 9, 2}} {
		got, err := p.Of(x)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := Pooling{Kind: PoolMean}.Of(nil)
	require.ErrorContains(t, err, "no scored tokens")
	_, err = Pooling{PoolFirst, 1, 4}.Of(x)
	require.ErrorContains(t, err, "none from token 4")
	_, err = Pooling{Kind: "median"}.Of(x)
	expect.Refused(t, err, "median")
	_, err = Pooling{Kind: PoolFirst}.Of(x)
	expect.Refused(t, err, "first 0 tokens")
}

func TestMaxP(t *testing.T) {
	null := [][]float64{{0.1, 0.2}, {0.3, 0}, {0.05, 0.9}, {0, 0}}
	p, err := MaxP([]float64{0.25, 0.95}, null)
	require.NoError(t, err)
	require.Equal(t, []float64{3.0 / 5, 1.0 / 5}, p)
	_, err = MaxP([]float64{1}, [][]float64{{math.NaN()}})
	require.ErrorContains(t, err, "permutation 0")
	_, err = MaxP([]float64{1}, [][]float64{{1, 2}})
	require.ErrorContains(t, err, "2 statistics")
	_, err = MaxP([]float64{1}, nil)
	expect.Refused(t, err, "no permutations")
}

func TestShuffle(t *testing.T) {
	y := []bool{true, true, false, false, true, false, true, true, false}
	group := []string{"a", "a", "b", "b", "c", "d", "m", "m", "m"}
	stratum := []string{"x", "x", "x", "x", "y", "y", "y", "y", "y"}
	s, err := NewShuffle(y, group, stratum, 1)
	require.NoError(t, err)
	require.InDelta(t, 8, s.Ways(), 1e-9)
	out := make([]bool, len(y))
	seen := map[string]int{}
	for range 4000 {
		s.Next(out)
		require.Equal(t, out[0], out[1], "a group has one label")
		require.NotEqual(t, out[0], out[2], "labels stay in their stratum")
		require.NotEqual(t, out[4], out[5])
		require.Equal(t, out[6], !out[8], "a group of both classes is turned as a whole")
		key := ""
		for _, b := range out {
			key += map[bool]string{true: "1", false: "0"}[b]
		}
		seen[key]++
	}
	require.Len(t, seen, 8)
	for _, n := range seen {
		require.InDelta(t, 500, n, 5*math.Sqrt(500)) // five standard errors
	}
	_, err = NewShuffle([]bool{true, true, false}, []string{"a", "b", "c"}, []string{"x", "x", "y"}, 1)
	require.ErrorContains(t, err, "cannot be exchanged")
	_, err = NewShuffle([]bool{true, true, false}, []string{"a", "a", "c"}, []string{"x", "y", "y"}, 1)
	require.ErrorContains(t, err, "several strata")
	_, err = NewShuffle([]bool{true}, nil, []string{"x", "y"}, 1)
	require.ErrorContains(t, err, "2 strata")
}

// Of scores that have nothing to do with labels, p <= 0.1 in a tenth of data sets, searched
// over five layers; shuffling rows without regard to groups would find it far more often.
func TestPermutationIsExact(t *testing.T) {
	sets, width := 1000, 5
	if testing.Short() {
		sets = 200
	}
	for k, d := range []design{designs[1], designs[3]} {
		r := rand.New(rand.NewPCG(7, uint64(k)))
		small := 0
		for set := range sets {
			var layers []Data
			for range width {
				layers = append(layers, d.draw(16, 0.5, r))
			}
			labels := layers[0].Positive
			statistics := func(y []bool) (out []float64) {
				for _, layer := range layers {
					l, err := layoutOf(len(y), y, layer.Group)
					require.NoError(t, err)
					out = append(out, math.Abs(winsOf(Data{layer.Score, y, layer.Group}, l).value(-1)-0.5))
				}
				return out
			}
			s, err := NewShuffle(labels, layers[0].Group, nil, uint64(set))
			require.NoError(t, err)
			var null [][]float64
			y := make([]bool, len(labels))
			for range 39 {
				s.Next(y)
				null = append(null, statistics(y))
			}
			p, err := MaxP(statistics(labels), null)
			require.NoError(t, err)
			if slices.Min(p) <= 0.1 {
				small++
			}
		}
		share := float64(small) / float64(sets)
		require.InDelta(t, 0.1, share, 3.5*math.Sqrt(0.09/float64(sets)), d.name)
	}
}

func TestNotesCountOneAsOne(t *testing.T) {
	d := Data{Score: []float64{1, 2}, Positive: []bool{true, false}, Group: []string{"q", "q"}}
	auroc, err := AUROC(d, 0.95)
	require.NoError(t, err)
	balanced, err := BalancedAccuracy(d, 1.5, 0.95)
	require.NoError(t, err)
	for _, i := range []Interval{auroc, balanced} {
		require.Equal(t, "1 group with positive rows and 1 with negative ones: nothing follows for others", i.Note)
	}
	rate, err := Rate([]bool{true, true}, []string{"q", "q"}, 0.95)
	require.NoError(t, err)
	require.Contains(t, rate.Note, "limits of 1 group")
	require.NotContains(t, rate.Note, "groups")
}
