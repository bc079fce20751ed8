package probe

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDepthsAreCarriedBetweenModels(t *testing.T) {
	d := depths{depth: []float64{0.25, 0.5, 0.75, 1}}
	for depth, at := range map[float64]int{0: 0, 0.3: 0, 0.375: 0, 0.4: 1, 1: 3} {
		require.Equal(t, at, d.nearest(depth), depth)
	}
	opt := options()
	_, err := Transfer(context.Background(), []string{told(t, 20, 4, 1)}, ByModel, opt)
	require.ErrorContains(t, err, "one run")
	r, err := Transfer(context.Background(), []string{told(t, 30, 4, 1), told(t, 30, 0, 2)}, ByModel, opt)
	require.NoError(t, err)
	require.Greater(t, r.Matrix.AUROC[1][0].Low, 0.8, "the first model, at the depth of the second")
	require.Less(t, r.Matrix.AUROC[0][1].Value, 0.8)
	require.Equal(t, "5 folds by group in each model", r.Task.Split)
	require.Equal(t, "3 to 5 folds by group, by the model", splitOf([]depths{{folds: 5}, {folds: 3}}))
	require.True(t, r.Matrix.Within[0][0] && !r.Matrix.Within[0][1])
}
