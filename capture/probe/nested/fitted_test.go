package nested

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/fit"
)

func TestFitAndScoreGiveWhatSearchGives(t *testing.T) {
	ctx := context.Background()
	c, spaces := drawn(120, 2, 7, []float64{0.6, 0}, 3)
	labels := make([]string, len(c.Positive))
	for i, p := range c.Positive {
		labels[i] = map[bool]string{true: "lie", false: "truth"}[p]
	}
	cells, splits, err := Cross(labels, c.Group, 4, 1, 1)
	require.NoError(t, err)
	c.Cell = cells
	for _, m := range []Method{{Kind: Mean}, {Kind: LDA, Scale: true}, {Kind: Logistic, C: 0.1, Scale: true}} {
		found, err := Search(ctx, c, spaces[:1], splits, []Candidate{{Method: m}}, Options{})
		require.NoError(t, err)
		var trains []fit.Folds
		for _, s := range splits {
			trains = append(trains, s.Train)
		}
		probes, err := Fit(ctx, c, spaces[0], m, trains, Options{})
		require.NoError(t, err)
		scores, err := Score(ctx, c, spaces[0], probes)
		require.NoError(t, err)
		for i, cell := range cells {
			for k, s := range splits {
				if s.Test.Has(cell) {
					require.InDelta(t, found.Scores[i], scores[k][i], 1e-9, "%s, sample %d", m, i)
				}
			}
		}
		require.Greater(t, Area(found.Scores, c.Positive), 0.5)
	}
	_, err = Fit(ctx, c, spaces[0], Method{Kind: Mean}, []fit.Folds{0}, Options{})
	require.ErrorContains(t, err, "no negative samples to train on")
	require.True(t, math.IsNaN(Area([]float64{1, 2}, []bool{true, true})))
}
