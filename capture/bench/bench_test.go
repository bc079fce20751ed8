package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture"
	"intentprobe/capture/arm"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/models/phantom"
)

func openPhantom(t testing.TB) *Model {
	t.Helper()
	m, err := Open(context.Background(), Options{Model: phantom.Name, Engine: spec.Default().Engine, Dir: t.TempDir(), Threads: 1, Pairs: 1})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

// What is timed decodes the tokens that the bench chose: all of them, and nothing in
// front of them.
func TestPromptsHaveTheTokensThatAreTimed(t *testing.T) {
	m := openPhantom(t)
	prompts := append(m.different(), m.prompt)
	w, err := m.way(context.Background(), m.spec([]string{"resid_post"}, 0), prompts...)
	require.NoError(t, err)
	defer w.close()
	require.Len(t, w.plan.Jobs, len(prompts))
	for i := range w.plan.Jobs {
		assert.Equal(t, prompts[i], w.plan.Jobs[i].Tokens())
	}
	for i, a := range prompts {
		for _, b := range prompts[:i] {
			assert.NotEqual(t, a, b)
		}
	}
	_, adds := (&tokenizer{Model: m.model, prompts: map[string][]models.Token{}}).BOS()
	assert.False(t, adds)
}

func TestCapturedRunsAreTimedAgainstPlainOnes(t *testing.T) {
	m := openPhantom(t)
	var timings []Timing
	require.NoError(t, m.Decode(context.Background(), func(t Timing) { timings = append(timings, t) }))
	require.Len(t, timings, 3)
	for _, timing := range timings {
		assert.Equal(t, []string{"as-is", "plain", "captured"}, []string{timing.Weights, timing.Base, timing.Other})
		assert.Positive(t, timing.Ratio.Median)
		assert.InEpsilon(t, timing.OtherRate.Median/timing.BaseRate.Median, timing.Ratio.Median, 1e-9, "one pair")
	}
}

// Both ways of a comparison of arms decode what their names say: the edited ones the arms
// with edits, as many samples as the captured ones, and single runs together all arms.
func TestArmsAreTimedAgainstTheSameSamples(t *testing.T) {
	m := openPhantom(t)
	arms, err := m.adds(m.spec([]string{"resid_post"}, 1), 3, "prompt[-1]")
	require.NoError(t, err)
	w, err := m.wayUnder(context.Background(), m.spec([]string{"resid_post"}, 1), arms, m.prompt)
	require.NoError(t, err)
	defer w.close()
	require.Len(t, w.plan.Jobs, 4)
	edited := onlyIn(w.plan, func(a *arm.Arm) bool { return a.Kind != arm.None })
	require.Len(t, edited.Jobs, 3)
	for _, j := range edited.Jobs {
		assert.Equal(t, arm.Edit, j.Arm.Kind)
	}
	assert.NotEqual(t, arms.Edits[0].Point, arms.Edits[1].Point)
	assert.NotEqual(t, arms.Edits[0].Vector, arms.Edits[1].Vector)
	w.plan = edited
	var rows capture.MemorySink
	require.NoError(t, w.into(context.Background(), &rows))
	require.Len(t, rows.Samples, 3)
	for _, s := range rows.Samples {
		require.NotNil(t, s.EditNorm)
		assert.Positive(t, *s.EditNorm)
	}
	var timings []Timing
	require.NoError(t, m.Arms(context.Background(), 2, func(t Timing) { timings = append(timings, t) }))
	require.Len(t, timings, 2)
	assert.Positive(t, timings[0].Ratio.Median)
}

// Weights are as near to themselves as can be, and coarser ones are not.
func TestFidelityIsOfTheWeights(t *testing.T) {
	m := openPhantom(t)
	same, err := m.FidelityTo(context.Background(), m)
	require.NoError(t, err)
	assert.InDelta(t, 1, same.Cosine, 1e-9)
	assert.Zero(t, same.Distance)
	opt := m.opt
	opt.Engine.Weights = "q4_0"
	coarse, err := Open(context.Background(), opt)
	require.NoError(t, err)
	defer coarse.Close()
	far, err := coarse.FidelityTo(context.Background(), m)
	require.NoError(t, err)
	assert.Greater(t, far.Distance, 0.01)
	assert.Less(t, far.Cosine, 0.9999)
	assert.Equal(t, []string{"q4_0", "as-is"}, []string{far.Weights, far.Against})
}

func TestASpreadIsMedianLowestAndHighest(t *testing.T) {
	assert.Equal(t, Spread{2, 1, 9}, spreadOf([]float64{9, 1, 2}))
}
