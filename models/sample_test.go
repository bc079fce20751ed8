package models

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSamplingRepeatsBySeed(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	b := batchOf([]Token{5, 9, 12}, 0, 0)
	require.NoError(t, c.Decode(context.Background(), b, Extent{}, nil))
	draw := func(o SamplerOptions) (out []Token) {
		s := NewSampler(o)
		defer s.Close()
		for range 32 {
			out = append(out, c.Sample(s, b.Len()-1))
		}
		return out
	}
	warm := SamplerOptions{Temperature: 1, TopP: 1, Seed: 7}
	assert.Equal(t, draw(warm), draw(warm))
	other := warm
	other.Seed = 8
	assert.NotEqual(t, draw(warm), draw(other))
	greedy := draw(SamplerOptions{})
	top1 := draw(SamplerOptions{Temperature: 1, TopK: 1, TopP: 1, Seed: 3})
	assert.Equal(t, greedy, top1)
	assert.Equal(t, greedy, draw(SamplerOptions{Temperature: 1, TopP: 1, MinP: 1, Seed: 3}))
	assert.Equal(t, greedy, draw(SamplerOptions{Temperature: 1, TopP: 1e-6, Seed: 3}))
	best, _, err := c.Score(b.Len()-1, greedy[0])
	require.NoError(t, err)
	for tok := range Token(m.Facts().Vocabulary) {
		lp, _, err := c.Score(b.Len()-1, tok)
		require.NoError(t, err)
		require.LessOrEqual(t, lp, best)
	}
}

// The probabilities of all tokens sum to one, and entropy is their -sum p log p.
func TestScore(t *testing.T) {
	for _, arch := range []string{"llama", "gemma2"} {
		m := load(t, arch)
		c := newContext(t, m)
		b := batchOf([]Token{5, 9, 12}, 0, 0)
		require.NoError(t, c.Decode(context.Background(), b, Extent{}, nil))
		sum, entropy := 0.0, 0.0
		var reported float32
		for tok := range Token(m.Facts().Vocabulary) {
			lp, h, err := c.Score(1, tok)
			require.NoError(t, err)
			p := math.Exp(float64(lp))
			sum += p
			entropy -= p * float64(lp)
			reported = h
		}
		assert.InDelta(t, 1, sum, 1e-5)
		assert.InDelta(t, entropy, reported, 1e-4)
	}
}
