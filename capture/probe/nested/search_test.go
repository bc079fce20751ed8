package nested

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/fit"
)

var (
	half    = 0.5
	methods = []Method{{Kind: Mean}, {Kind: MeanCovariance}, {Kind: LDA, Scale: true}, {Kind: LDA, Shrinkage: &half}, {Kind: Components, K: 3}, {Kind: Logistic, C: 0.1, Scale: true}, {Kind: Logistic, C: 1}}
)

func TestSearchFindsTheSpaceThatTellsClassesApart(t *testing.T) {
	c, spaces := drawn(120, 2, 6, []float64{0, 0.3, 3, 0}, 1)
	splits := crossed(t, &c, 5, 4)
	candidates := in(spaces, methods...)
	f, err := Search(t.Context(), c, spaces, splits, candidates, Options{})
	require.NoError(t, err)
	for k, i := range f.Chosen {
		assert.Equal(t, 2, candidates[i].Space, "split %d", k)
	}
	assert.Equal(t, 2, candidates[f.Final].Space)
	assert.Greater(t, auroc(t, f.Scores, c), 0.95)
	assert.Zero(t, f.Unconverged)
	assert.Empty(t, f.Blank)
	for i, p := range f.Probability {
		assert.True(t, p >= 0 && p <= 1, "%d: %v", i, p)
	}
	for i, k := range candidates {
		if a := auroc(t, f.Each[i], c); k.Space == 0 || k.Space == 3 {
			assert.InDelta(t, 0.5, a, 0.2, "%v", k)
		}
	}
}

// One candidate's scores are those of probes fitted to each split by hand.
func TestScoresAreOfProbesWithoutTheSample(t *testing.T) {
	c, spaces := drawn(60, 1, 5, []float64{1}, 2)
	splits := crossed(t, &c, 4, 1)
	for _, m := range methods {
		f, err := Search(t.Context(), c, spaces, splits, in(spaces, m), Options{})
		require.NoError(t, err)
		assert.Nil(t, f.Inner)
		assert.Equal(t, f.Each[0], f.Scores)
		rows, err := spaces[0].over(c)
		require.NoError(t, err)
		for _, s := range splits {
			probes, err := rows.fitted(t.Context(), []Method{m}, []fit.Folds{s.Train}, usual())
			require.NoError(t, err)
			p := probes[0][0]
			var scores []float64
			for i := range c.Cell {
				scores = append(scores, p.Score(spaces[0].Rows.(*table).row(i)))
			}
			st := standardOf(scores, c.of(s.Train))
			for _, i := range c.of(s.Test) {
				assert.InDelta(t, (scores[i]-st.mean)/st.sd, f.Scores[i], 1e-5, "%v", m)
				assert.InDelta(t, platt(f.Scores, c.Positive, c.of(s.Train)).Of(f.Scores[i]), f.Probability[i], 1e-12, "%v", m)
			}
		}
		all, err := rows.fitted(t.Context(), []Method{m}, []fit.Folds{fit.First(4)}, usual())
		require.NoError(t, err)
		for j, w := range all[0][0].Weights {
			assert.InDelta(t, w, f.Probe.Weights[j], 1e-5*math.Abs(all[0][0].Bias))
		}
	}
}

func TestThreadsChangeNothing(t *testing.T) {
	c, spaces := drawn(80, 2, 5, []float64{0, 0.5, 1, 0.7, 0}, 3)
	splits := crossed(t, &c, 4, 3)
	one, err := Search(t.Context(), c, spaces, splits, in(spaces, methods...), Options{Threads: 1})
	require.NoError(t, err)
	for _, threads := range []int{2, 7} {
		f, err := Search(t.Context(), c, spaces, splits, in(spaces, methods...), Options{Threads: threads})
		require.NoError(t, err)
		assert.Equal(t, one, f)
	}
}

// A candidate with rows that are all the same is at chance, and no fault.
func TestConstantRowsAreAtChance(t *testing.T) {
	c, spaces := drawn(60, 1, 4, []float64{1, 1}, 4)
	constant := spaces[0].Rows.(*table)
	for i := range constant.x {
		constant.x[i] = 0.1 * float32(i%4)
	}
	splits := crossed(t, &c, 4, 3)
	for _, m := range methods {
		f, err := Search(t.Context(), c, spaces, splits, in(spaces, m), Options{})
		require.NoError(t, err, "%v", m)
		assert.Equal(t, []int{0}, f.Blank)
		assert.Equal(t, []int{1, 1, 1, 1}, f.Chosen)
		assert.Equal(t, make([]float64, 60), f.Each[0])
		for _, inner := range f.Inner {
			assert.Equal(t, 0.5, inner[0])
		}
	}
}

// Log-odds of few rows in many columns are too sure; probabilities of held-out scores are not.
func TestProbabilitiesAreNotSurerThanHeldOutSamples(t *testing.T) {
	c, spaces := drawn(160, 1, 300, []float64{1.5}, 5)
	splits := crossed(t, &c, 5, 1)
	for _, m := range []Method{{Kind: LDA, Scale: true}, {Kind: Logistic, C: 10, Scale: true}} {
		f, err := Search(t.Context(), c, spaces, splits, in(spaces, m), Options{})
		require.NoError(t, err)
		probes, err := Fit(t.Context(), c, spaces[0], m, []fit.Folds{splits[0].Train}, Options{})
		require.NoError(t, err)
		loss := func(p func(i int) float64, at []int) (sum float64) {
			for _, i := range at {
				q := p(i)
				if !c.Positive[i] {
					q = 1 - q
				}
				sum -= math.Log2(q) / float64(len(at))
			}
			return sum
		}
		at := c.of(splits[0].Test)
		sure := loss(func(i int) float64 { return Platt{probes[0].SD, probes[0].Mean}.Of(f.Scores[i]) }, at)
		fair := loss(func(i int) float64 { return f.Probability[i] }, at)
		assert.Less(t, fair, sure, "%v", m)
		assert.Less(t, fair, 1.1, "%v: bits a label, which 1 is without a probe", m)
		require.NotNil(t, f.Platt)
	}
	c, spaces = drawn(16, 1, 3, []float64{1}, 5)
	splits = crossed(t, &c, 2, 1)
	f, err := Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: Mean}), Options{})
	require.NoError(t, err)
	assert.Nil(t, f.Platt)
}
