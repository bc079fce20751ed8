package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What docs/probes.md says of passes over the rows.
func TestPassesOverTheRows(t *testing.T) {
	dir := design{questions: 20, seed: 1}.write(t)
	for _, c := range []struct {
		how             string
		without, drawn3 int
	}{
		{"mean", 5, 6}, {"lda", 7, 8}, {"mean-covariance", 5, 13}, {"components:3", 5, 13},
	} {
		opt := lies()
		opt.How, opt.Data.Points = []string{c.how}, []string{post}
		for draws, want := range map[int]int{-1: c.without, 3: c.drawn3} {
			opt.Permutations = draws
			trained, err := Train(ctx, []string{dir}, opt)
			require.NoError(t, err)
			assert.Equal(t, want, trained.Report.Passes, "%s, %d draws", c.how, draws)
		}
	}
	opt := lies()
	opt.How, opt.Data.Points, opt.Permutations = []string{"logistic:0.1"}, []string{post}, -1
	one, err := Train(ctx, []string{dir}, opt)
	require.NoError(t, err)
	assert.Greater(t, one.Report.Passes, 7)
}
