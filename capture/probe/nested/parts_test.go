package nested

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
)

// The fast AUROC is that of package metric, ties and all.
func TestAreaIsAUROC(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var a area
	for n := 2; n < 60; n++ {
		d := metric.Data{}
		for i := range n {
			d.Score, d.Positive = append(d.Score, float64(r.IntN(8))/3-1), append(d.Positive, i%3 == 0)
		}
		want, err := metric.AUROC(d, 0.95)
		require.NoError(t, err)
		assert.Equal(t, want.Value, a.of(d.Score, d.Positive))
	}
	assert.True(t, math.IsNaN(a.of([]float64{1, 2}, []bool{true, true})))
	assert.Equal(t, 0.5, a.of([]float64{0, 0}, []bool{true, false}))
	assert.Equal(t, 0.5, a.of([]float64{3, 3 * (1 + 1e-15)}, []bool{false, true}), "rounding is a tie")
	assert.Equal(t, 1.0, a.of([]float64{3, 3 * (1 + 1e-8)}, []bool{false, true}))
	assert.Equal(t, 1.0, a.of([]float64{-1e-300, 1e-300}, []bool{false, true}))
}

// Platt's fit is where the derivatives of the loss are 0, also where classes are apart.
func TestPlatt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	for _, gap := range []float64{0, 1, 50} {
		var scores []float64
		var positive []bool
		var train []int
		var n [2]float64
		for i := range 90 {
			p := i%3 == 0
			positive, train = append(positive, p), append(train, i)
			scores = append(scores, r.NormFloat64()+gap*float64(class(p)))
			n[class(p)]++
		}
		l := platt(scores, positive, train)
		ga, gb := 0.0, 0.0
		for i, s := range scores {
			target := 1 / (n[0] + 2)
			if positive[i] {
				target = (n[1] + 1) / (n[1] + 2)
			}
			ga, gb = ga+(l.Of(s)-target)*s, gb+l.Of(s)-target
		}
		assert.InDelta(t, 0, ga, 1e-5, "gap %v", gap)
		assert.InDelta(t, 0, gb, 1e-5, "gap %v", gap)
	}
}

// Pairs of a statement and its negation, whose labels are not needed to tell them apart.
func TestPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	c, spaces := drawn(120, 2, 5, []float64{0}, 6)
	rows := spaces[0].Rows.(*table)
	rows.size = 20
	for i := range c.Positive {
		c.Positive[i] = (i%2 == 0) == (i/2%2 == 0)
		spaces[0].Side = append(spaces[0].Side, int8(i%2))
		for j := range 2 {
			rows.row(i)[j] += float32(6*class(c.Positive[i])) + float32(0.1*r.NormFloat64())
		}
		rows.row(i)[4] += float32(9 * (i % 2)) // the negation's wording
	}
	splits := crossed(t, &c, 4, 2)
	f, err := Search(t.Context(), c, spaces, splits, in(spaces, Method{Kind: CCS}), Options{})
	require.NoError(t, err)
	assert.Greater(t, auroc(t, f.Scores, c), 0.95)
}

// Labels are exchanged within strata, whose counts of them stay.
func TestStrataKeepTheirLabels(t *testing.T) {
	c, spaces := drawn(60, 1, 3, []float64{0}, 6)
	for i := range c.Positive {
		c.Stratum = append(c.Stratum, string(rune('a'+i/20)))
		c.Positive[i] = i%20 < 5+5*(i/20)
	}
	for _, few := range []bool{false, true} {
		splits := crossed(t, &c, 4, 2)
		s, err := newSearch(c, spaces, splits, in(spaces, Method{Kind: Mean}), Options{})
		require.NoError(t, err)
		draws := 10
		if few {
			draws = 1 << 55
		}
		shuffle, within, err := s.shuffle(draws, 1)
		require.NoError(t, err)
		assert.Equal(t, map[bool]string{false: "cells", true: "strata"}[few], within)
		other := 0
		for _, positive := range newTrials(s, shuffle, 10).positive[1:] {
			for v := range 3 {
				n := 0
				for i := 20 * v; i < 20*v+20; i++ {
					n += class(positive[i])
					other += class(positive[i] != c.Positive[i])
				}
				assert.Equal(t, 5+5*v, n)
			}
		}
		assert.Positive(t, other)
	}
}

// A long sample counts no more than a short one: a row that is there twice changes nothing.
func TestRowsOfASampleShareItsWeight(t *testing.T) {
	c, spaces := drawn(50, 1, 4, []float64{1}, 8)
	rows := spaces[0].Rows.(*table)
	twice := &table{width: 4, size: 13}
	var sample []int32
	for i := range 50 {
		for range 1 + i%3 {
			twice.x = append(twice.x, rows.row(i)...)
			sample = append(sample, int32(i))
		}
	}
	splits := crossed(t, &c, 4, 1)
	for _, m := range methods {
		one, err := Search(t.Context(), c, spaces, splits, in(spaces, m), Options{})
		require.NoError(t, err)
		for _, pool := range []metric.Pooling{{Kind: metric.PoolMean}, {Kind: metric.PoolMax}, {Kind: metric.PoolLast}, {Kind: metric.PoolFirst, K: 2}} {
			many, err := Search(t.Context(), c, []Space{{Name: "twice", Rows: twice, Sample: sample, Pool: pool}}, splits, in(spaces, m), Options{})
			require.NoError(t, err)
			for i := range one.Scores {
				assert.InDelta(t, one.Scores[i], many.Scores[i], 1e-5, "%v %v", m, pool)
			}
		}
	}
}
