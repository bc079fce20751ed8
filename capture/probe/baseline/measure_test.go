package baseline

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
)

func TestMeasure(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c, label := pairs(60)
	splits := cross(t, &c, label)
	var items []Item
	probe := make([]float64, len(c.Positive))
	for i, p := range c.Positive {
		prompt := "What is it?"
		if p && r.IntN(10) > 0 || !p && r.IntN(10) == 0 { // a word of the prompt that tells the class in 9 of 10
			prompt = "Lie: what is it?"
		}
		items = append(items, item(c.Group[i], prompt, fmt.Sprintf("w%d", r.IntN(20))))
		probe[i] = r.NormFloat64() + yes(p)
	}
	probe[7] = math.NaN() // not held out
	all, _ := All(items)
	measured, err := Measure(context.Background(), c, splits, all, probe, nested.Options{})
	require.NoError(t, err)
	require.Len(t, measured, len(all))
	of := map[string]Measured{}
	for _, m := range measured {
		of[m.Name] = m
		assert.Zero(t, m.Unconverged, m.Name)
		assert.Equal(t, len(c.Positive)-1, m.AUROC.N, m.Name)
		a, err := metric.AUROC(without(c, probe, 7), 0.95)
		require.NoError(t, err)
		assert.InDelta(t, a.Value-m.AUROC.Value, m.Difference.Value, 1e-12, m.Name)
	}
	for _, name := range []string{"prompt words", "prompt word pairs", "prompt length"} {
		m := of[name]
		assert.InDelta(t, 0.9, m.AUROC.Value, 0.07, name)
		assert.Equal(t, 1, m.AUROC.Excludes(0.5), name)
		assert.Len(t, m.Chosen, len(splits), name)
	}
	assert.Zero(t, of["answer words"].AUROC.Excludes(0.5))
	same := of["condition"]
	assert.Equal(t, 0.5, same.AUROC.Value)
	assert.Equal(t, "nothing to read: the samples have one condition, or none", same.AUROC.Note)
	assert.Nil(t, same.Chosen)

	// Without inner folds nothing is chosen.
	cells, plain, err := nested.Cross(label, c.Group, 5, 1, 1)
	require.NoError(t, err)
	c.Cell = cells
	measured, err = Measure(context.Background(), c, plain, all[2:3], probe, nested.Options{})
	require.NoError(t, err)
	assert.Equal(t, "logistic C=0.01 scaled", measured[0].Chosen[0])

	_, err = Measure(context.Background(), c, plain, all, probe[1:], nested.Options{})
	assert.ErrorContains(t, err, "119 scores of the probe, and 120 samples")
}

func without(c nested.Cases, score []float64, at int) (d metric.Data) {
	for i := range score {
		if i != at {
			d.Score, d.Positive, d.Group = append(d.Score, score[i]), append(d.Positive, c.Positive[i]), append(d.Group, c.Group[i])
		}
	}
	return d
}
