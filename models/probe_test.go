package models

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// Scores are x·v + b of the rows that are captured, after the edits of their node, at points
// of every layout, and whether the row is captured or not.
func TestScores(t *testing.T) {
	for arch, name := range map[string]string{"llama": "resid_post:1", "phi3": "q:1", "gpt2": "v:0", "qwen35moe": "resid_post:-1", "mamba": "resid_post:0"} {
		c := newContext(t, load(t, arch), exact)
		points, err := locate(t, c).Select([]string{name})
		require.NoError(t, err)
		at, v := points[0], noise(points[0].Width(), 1)
		score := func(k float32) hooks.Score {
			return hooks.Score{Located: at, Name: "p", Vector: v, Bias: k}
		}
		plan := &hooks.Plan{Reads: points, Scores: []hooks.Score{score(0.5), score(-3)}, Edits: []hooks.Edit{{Located: at, Name: "e", Op: hooks.EditAdd, Floats: at.Width(), Vector: v, Factor: 1}}}
		require.NoError(t, c.SetPlan(plan))
		b := batchOf(prompt, 0, 0)
		b.Edits = []Application{{Token: 2}}
		got := capture(t, c, b)
		scores := append([]float32(nil), b.Scores...)
		require.Len(t, scores, 2*len(prompt))
		for token := range prompt {
			row := got.floats(0, token)
			size := 0.0
			for i, x := range row {
				size += math.Abs(float64(x) * float64(v[i]))
			}
			want := along(v, row)
			assert.InDelta(t, want+0.5, float64(b.ScoresOf(token)[0]), 1e-6*(size+1), "%s, token %d", arch, token)
			assert.InDelta(t, want-3, float64(b.ScoresOf(token)[1]), 1e-6*(size+3), "%s, token %d", arch, token)
		}
		plan.Reads = nil // nothing is captured: the same scores
		require.NoError(t, c.SetPlan(plan))
		c.Clear()
		b.Edits = []Application{{Token: 2}}
		capture(t, c, b)
		assert.Equal(t, scores, b.Scores, arch)

		targets := make([]Target, b.Len())
		c.Clear()
		b.Edits = nil
		require.NoError(t, c.Decode(t.Context(), b, Extent{}, targets))
		for _, x := range b.Scores {
			assert.True(t, x != x, "of a token without a target there is none")
		}
	}
}

// A probe reads the row that goes on, the condition of an edit the row before it; without
// edits at their point they are the same to the bit.
func TestScoresAndConditionsAreTheSameSum(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	points, err := locate(t, c).Select([]string{"resid_post:0"})
	require.NoError(t, err)
	at, v := points[0], noise(points[0].Width(), 4)
	plan := &hooks.Plan{
		Scores: []hooks.Score{{Located: at, Name: "p", Vector: v, Bias: 0.25}},
		Edits: []hooks.Edit{
			{Located: at, Op: hooks.EditScore, Floats: at.Width(), Vector: v, Bias: []float32{0.25}},
			{Located: at, Op: hooks.EditAdd, Floats: at.Width(), Vector: v, Factor: 1},
		},
	}
	require.NoError(t, c.SetPlan(plan))
	b := batchOf(prompt, 0, 0)
	for _, edited := range []bool{false, true} {
		c.Clear()
		condition := []float32{0}
		b.Edits = []Application{{Edit: 0, Token: 1, Out: condition}}
		if edited {
			b.Edits = append(b.Edits, Application{Edit: 1, Token: 1})
		}
		capture(t, c, b)
		if probe := b.ScoresOf(1)[0]; edited {
			assert.InDelta(t, float64(condition[0])+along(v, v), float64(probe), 1e-4*along(v, v))
		} else {
			assert.Equal(t, condition[0], probe)
		}
	}
}

// What cannot be is refused, and a node that is not there is told by its point.
func TestScoresThatCannotBe(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	points, err := locate(t, c).Select([]string{"resid_post:0"})
	require.NoError(t, err)
	s := hooks.Score{Located: points[0], Name: "p", Vector: make([]float32, points[0].Width()-1)}
	assert.ErrorContains(t, c.SetPlan(&hooks.Plan{Scores: []hooks.Score{s}}), `score "p"`)
	s.Vector, s.Tensor = make([]float32, points[0].Width()), "another"
	require.NoError(t, c.SetPlan(&hooks.Plan{Scores: []hooks.Score{s}, Reads: points}))
	b := batchOf(prompt, 0, 0)
	var missing *MissingTensorError
	targets := newSheet(t, c.plan, b.Len()).targets(b.Len())
	require.ErrorAs(t, c.Decode(t.Context(), b, Extent{}, targets), &missing)
	assert.Equal(t, "another", missing.Point.Tensor)
}
