package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

func repeat(x string, n int) (out []string) {
	for range n {
		out = append(out, x)
	}
	return out
}

func TestAUROCOfKnownRows(t *testing.T) {
	i, err := AUROC(Data{Score: []float64{1, 2, 3, 4, 2}, Positive: []bool{false, true, false, true, false}}, 0.95)
	require.NoError(t, err)
	require.Equal(t, (1+0.5+1+1+1)/6.0, i.Value) // 2 beats 1, ties with 2, loses to 3; 4 beats all
	require.Equal(t, 5, i.N)
	require.Contains(t, i.Note, "5 groups")
	require.Less(t, i.Low, i.Value)
	require.Greater(t, i.High, i.Value)

	turned, err := AUROC(Data{Score: []float64{-1, -2, -3, -4, -2}, Positive: []bool{false, true, false, true, false}}, 0.95)
	require.NoError(t, err)
	require.InDelta(t, 1-i.Value, turned.Value, 1e-15, "the sign is kept")
	require.InDelta(t, 1-i.High, turned.Low, 1e-9)
	require.InDelta(t, 1-i.Low, turned.High, 1e-9)
}

// The jackknife's values are those of the rows that are left.
func TestLeavingAGroupOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, d := range designs {
		data := d.draw(12, 0.8, r)
		for i := range data.Score {
			data.Score[i] = math.Round(2*data.Score[i]) / 2 // ties
		}
		l, err := data.check()
		require.NoError(t, err)
		w := winsOf(data, l)
		for g := range l.groups() {
			var rest Data
			for i, of := range l.of {
				if of != g {
					rest.Score, rest.Positive = append(rest.Score, data.Score[i]), append(rest.Positive, data.Positive[i])
				}
			}
			total, pairs := 0.0, 0.0
			for i, a := range rest.Score {
				for j, b := range rest.Score {
					if rest.Positive[i] && !rest.Positive[j] {
						pairs++
						total += indicator(a > b) + indicator(a == b)/2
					}
				}
			}
			require.InDelta(t, total/pairs, w.value(g), 1e-12, d.name)
		}
	}
}

func TestDegenerateAUROC(t *testing.T) {
	apart := Data{}
	for i := range 20 {
		apart.Score, apart.Positive = append(apart.Score, float64(i)), append(apart.Positive, i >= 10)
	}
	i, err := AUROC(apart, 0.95)
	require.NoError(t, err)
	require.Equal(t, 1.0, i.Value)
	require.Equal(t, 1.0, i.High)
	require.InDelta(t, math.Pow(0.025, 0.1), i.Low, 1e-9, "Clopper and Pearson of 10 of 10")
	require.Equal(t, ByExact, i.Method)
	require.NotEmpty(t, i.Note)

	for i := range apart.Score {
		apart.Group = append(apart.Group, string(rune('a'+i/5))) // two groups a class
	}
	i, err = AUROC(apart, 0.95)
	require.NoError(t, err)
	require.InDelta(t, math.Pow(0.025, 0.5), i.Low, 1e-9)

	for name, d := range map[string]Data{
		"one class":          {Score: []float64{1, 2, 3}, Positive: []bool{true, true, true}},
		"one group":          {Score: []float64{1, 2, 3, 4}, Positive: []bool{true, true, false, true}, Group: repeat("a", 4)},
		"one positive group": {Score: []float64{3, 2, 3, 4}, Positive: []bool{false, false, true, true}, Group: []string{"a", "b", "c", "c"}},
		"all groups alike":   {Score: []float64{1, 1, 2, 2, 3, 3}, Positive: []bool{true, false, true, false, true, false}, Group: []string{"a", "a", "b", "b", "c", "c"}},
		"equal scores":       {Score: make([]float64, 8), Positive: []bool{true, true, false, true, true, false, false, false}},
	} {
		i, err := AUROC(d, 0.95)
		require.NoError(t, err)
		require.Equal(t, []float64{0, 1}, []float64{i.Low, i.High}, name)
		require.Equal(t, ByNothing, i.Method)
		require.NotEmpty(t, i.Note)
		require.Zero(t, i.Excludes(0.5))
		text, err := json.Marshal(i)
		require.NoError(t, err)
		if name == "one class" {
			require.Contains(t, string(text), `"value":null`)
		} else {
			require.Contains(t, string(text), `"value":`)
		}
	}
}

func TestRefusedData(t *testing.T) {
	_, err := AUROC(Data{Score: []float64{1, math.NaN(), 3, math.Inf(1)}, Positive: make([]bool, 4)}, 0.95)
	require.ErrorContains(t, err, "rows [1 3]")
	_, err = AUROC(Data{}, 0.95)
	require.ErrorContains(t, err, "no rows")
	_, err = AUROC(Data{Score: []float64{1}, Positive: []bool{true, false}}, 0.95)
	require.ErrorContains(t, err, "2 labels")
	_, err = AUROC(Data{Score: []float64{1}}, 0.95)
	require.ErrorContains(t, err, "no labels")
	_, err = AUROC(Data{Score: []float64{1}, Positive: []bool{true}, Group: []string{}}, 0.95)
	require.ErrorContains(t, err, "0 groups")
	_, err = AUROC(Data{Score: []float64{1}, Positive: []bool{true}}, 95)
	expect.Refused(t, err, "level")
}

func TestDifferenceIsPaired(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	d := designs[3].draw(40, 0.8, r)
	same, err := Difference(d, d.Score, 0.95)
	require.NoError(t, err)
	require.Zero(t, same.Value)
	require.Equal(t, ByExact, same.Method)
	require.InDelta(t, 1-math.Pow(0.025, 1.0/20), same.High, 1e-9, "20 pairs of groups agree")
	require.InDelta(t, -same.High, same.Low, 1e-12)
	other := make([]float64, len(d.Score))
	for i, s := range d.Score {
		other[i] = s + 0.3*r.NormFloat64()
	}
	near, err := Difference(d, other, 0.95)
	require.NoError(t, err)
	a, err := AUROC(d, 0.95)
	require.NoError(t, err)
	b, err := AUROC(Data{other, d.Positive, d.Group}, 0.95)
	require.NoError(t, err)
	require.InDelta(t, a.Value-b.Value, near.Value, 1e-12)
	require.Less(t, near.High-near.Low, (a.High-a.Low)/2, "what both find hard is taken out")
	_, err = Difference(d, other[1:], 0.95)
	require.ErrorContains(t, err, "other scores")
}

// A probe that has all rows in order, beside scores that say nothing.
func TestDifferenceFromNothing(t *testing.T) {
	var d Data
	var ties []float64
	for g := range 30 {
		for _, positive := range []bool{true, false} {
			score := float64(g)
			if positive {
				score += 100
			}
			d.Score, d.Positive, d.Group = append(d.Score, score), append(d.Positive, positive), append(d.Group, fmt.Sprint(g))
			ties = append(ties, float64(g)) // the same of both rows of a group
		}
	}
	a, err := AUROC(d, 0.95)
	require.NoError(t, err)
	equal, err := Difference(d, make([]float64, len(ties)), 0.95)
	require.NoError(t, err)
	require.Equal(t, 0.5, equal.Value)
	require.Equal(t, a.Low-0.5, equal.Low, "the other AUROC is 0.5 for certain")
	require.Equal(t, a.High-0.5, equal.High)
	require.Contains(t, equal.Note, "the other scores are all equal")

	tied, err := Difference(d, ties, 0.95)
	require.NoError(t, err)
	require.Equal(t, 0.5, tied.Value)
	q := math.Pow(0.025, 1.0/15)
	require.InDelta(t, 0.5*q-(1-q), tied.Low, 1e-9)
	require.InDelta(t, 0.5*q+(1-q), tied.High, 1e-9)
	require.Contains(t, tied.Note, "15 of 15 pairs of groups")

	few := Data{d.Score[:6], d.Positive[:6], d.Group[:6]}
	tied, err = Difference(few, ties[:6], 0.95)
	require.NoError(t, err)
	require.Equal(t, ByNothing, tied.Method, "three groups are one pair")
}

func TestROC(t *testing.T) {
	c, err := ROC(Data{Score: []float64{3, 2, 2, 1}, Positive: []bool{true, true, false, false}})
	require.NoError(t, err)
	require.Equal(t, []Point{{math.Inf(1), 0, 0}, {3, 0, 0.5}, {2, 0.5, 1}, {1, 1, 1}}, c.Points)
	require.Equal(t, 1, c.At)
	_, err = ROC(Data{Score: []float64{1}, Positive: []bool{true}})
	require.ErrorContains(t, err, "one class")
}
