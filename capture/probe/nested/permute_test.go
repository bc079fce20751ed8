package nested

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// byRefit is the whole pipeline of every draw by Search, one after another.
func byRefit(t *testing.T, c Cases, spaces []Space, splits []Split, candidates []Candidate, draws int, seed uint64) (statistic []float64, each [][]float64) {
	t.Helper()
	s, err := newSearch(c, spaces, splits, candidates, Options{})
	require.NoError(t, err)
	shuffle, _, err := s.shuffle(draws, seed)
	require.NoError(t, err)
	tr := newTrials(s, shuffle, draws)
	for _, positive := range tr.positive {
		with := c
		with.Positive = positive
		f, err := Search(t.Context(), with, spaces, splits, candidates, Options{})
		require.NoError(t, err)
		at := func(x []float64) []float64 { return pick(x, tr.at) }
		var of []float64
		for _, scores := range f.Each {
			of = append(of, auroc(t, at(scores), Cases{Positive: pick(positive, tr.at)}))
		}
		statistic, each = append(statistic, auroc(t, at(f.Scores), Cases{Positive: pick(positive, tr.at)})), append(each, of)
	}
	return statistic, each
}

func sameAsRefit(t *testing.T, n *Null, statistic []float64, each [][]float64) {
	t.Helper()
	assert.InDelta(t, statistic[0], n.Statistic, 1e-12)
	require.Len(t, n.Null, len(statistic)-1)
	larger := 0
	for k, v := range n.Null {
		assert.InDelta(t, statistic[k+1], v, 1e-12, "draw %d", k)
		if statistic[k+1] >= statistic[0]-1e-12 {
			larger++
		}
	}
	assert.InDelta(t, float64(1+larger)/float64(len(statistic)), n.P, 1e-12)
	for i, v := range n.Of {
		assert.InDelta(t, each[0][i], v, 1e-12)
		larger := 0
		for _, draw := range each[1:] {
			if slices.Max(draw) >= v-1e-12 {
				larger++
			}
		}
		assert.InDelta(t, float64(1+larger)/float64(len(statistic)), n.Each[i], 1e-12)
	}
}

// All draws, by products of samples or by batches of regressions, are those of Search with the
// labels of the draw: scores to 1e-9, and so the same AUROCs.
func TestPermutationsAreRefits(t *testing.T) {
	methods := []Method{{Kind: Mean}, {Kind: LDA, Scale: true}, {Kind: LDA, Shrinkage: &half}, {Kind: Logistic, C: 0.1, Scale: true}, {Kind: Components, K: 2}}
	for _, width := range []int{5, 40} { // fewer columns than samples, and more
		c, spaces := drawn(48, 2, width, []float64{0, 0.6}, uint64(width))
		splits := crossed(t, &c, 3, 2)
		candidates := in(spaces, methods...)
		n, err := Permute(t.Context(), c, spaces, splits, candidates, 12, 5, Options{})
		require.NoError(t, err)
		assert.Equal(t, "cells", n.Within)
		statistic, each := byRefit(t, c, spaces, splits, candidates, 12, 5)
		sameAsRefit(t, n, statistic, each)
		assert.Greater(t, slices.Max(n.Null)-slices.Min(n.Null), 0.1)
	}
}

// Rows of tokens are permuted by the same pipeline, whatever way is taken.
func TestPermutationsOfTokens(t *testing.T) {
	for _, pool := range []string{"mean", "max", "last"} {
		c, spaces := tokens(36, []float64{0, 1.2}, pool)
		splits := crossed(t, &c, 3, 2)
		candidates := in(spaces, Method{Kind: Mean}, Method{Kind: LDA, Scale: true}, Method{Kind: Logistic, C: 1})
		n, err := Permute(t.Context(), c, spaces, splits, candidates, 6, 5, Options{})
		require.NoError(t, err)
		statistic, each := byRefit(t, c, spaces, splits, candidates, 6, 5)
		sameAsRefit(t, n, statistic, each)
	}
}

func TestPermutationsFindWhatThereIs(t *testing.T) {
	c, spaces := drawn(80, 2, 20, []float64{0, 2.5, 0}, 9)
	splits := crossed(t, &c, 4, 3)
	for _, m := range []Method{{Kind: Mean}, {Kind: LDA, Scale: true}} {
		n, err := Permute(t.Context(), c, spaces, splits, in(spaces, m), 199, 1, Options{})
		require.NoError(t, err)
		assert.Equal(t, 1.0/200, n.P)
		assert.Equal(t, 1.0/200, n.Each[1])
		assert.Greater(t, n.Each[0], 0.05)
		mean, se := meanOf(n.Null)
		assert.InDelta(t, 0.5, mean, 4*se+0.01)
	}
	one, err := Permute(t.Context(), c, spaces, splits, in(spaces, methods[:1]...), 40, 1, Options{Threads: 1})
	require.NoError(t, err)
	many, err := Permute(t.Context(), c, spaces, splits, in(spaces, methods[:1]...), 40, 1, Options{Threads: 3})
	require.NoError(t, err)
	assert.Equal(t, one, many)
}

func meanOf(x []float64) (mean, se float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		se += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(se) / float64(len(x))
}
