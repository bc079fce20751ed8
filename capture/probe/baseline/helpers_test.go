package baseline

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/nested"
	"intentprobe/storage/rundir"
)

// item is one of a group, with a prompt and an answer.
func item(group, prompt, answer string) Item {
	logprob := -1.5
	return Item{Group: group, Sample: &rundir.Sample{Prompt: prompt, Response: answer, FinishReason: "stop", PromptTokens: 4, ResponseTokens: 2, Logprob: &logprob, Meta: "{}"}}
}

// named gives a baseline by its name.
func named(t *testing.T, all []Baseline, name string) Baseline {
	t.Helper()
	for _, b := range all {
		if b.Name == name {
			return b
		}
	}
	require.Fail(t, "no baseline", name)
	return Baseline{}
}

// pairs are questions with a positive and a negative sample each.
func pairs(n int) (c nested.Cases, label []string) {
	for i := range 2 * n {
		c.Positive = append(c.Positive, i%2 == 0)
		c.Group = append(c.Group, fmt.Sprint("q", i/2))
		label = append(label, fmt.Sprint(i%2 == 0))
	}
	return c, label
}

// cross puts cases into five folds with three inner ones.
func cross(t *testing.T, c *nested.Cases, label []string) []nested.Split {
	t.Helper()
	cells, splits, err := nested.Cross(label, c.Group, 5, 3, 1)
	require.NoError(t, err)
	c.Cell = cells
	return splits
}

// drawn are columns of noise, to the first of which a shift is added in positive cases.
func drawn(c nested.Cases, width int, shift float64, r *rand.Rand) *features {
	f := &features{rows: make([][]cell, len(c.Positive))}
	for j := range width {
		f.column(fmt.Sprint(j), func(i int) float64 {
			x := r.NormFloat64()
			if j == 0 && c.Positive[i] {
				x += shift
			}
			return x
		})
	}
	return f
}
