package nested

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ways to compare the scores of splits, where there is nothing to find: those less the mean of
// the training scores are not biased, and those less the middle of the classes are, where
// splits have unlike shares of them (docs/decisions/020-choice-inside-folds.md).
func TestWhatWasNotChosen(t *testing.T) {
	for kind, shape := range nulls {
		for _, width := range []int{3, 30, 200} {
			var middle, mean, raw, within []float64
			for seed := range 400 {
				c, spaces, splits := nullData(t, kind, width, 1, uint64(seed)+1000)
				byMiddle, byMean, asIs, inside := compared(t, c, spaces, splits)
				middle, mean, raw, within = append(middle, byMiddle), append(mean, byMean), append(raw, asIs), append(within, inside)
			}
			value, se := meanOf(mean)
			t.Logf("%s, %d columns (± %.4f): middle %.4f, mean %.4f, as they are %.4f, within %.4f", shape.name, width, se, first(meanOf(middle)), value, first(meanOf(raw)), first(meanOf(within)))
			assert.InDelta(t, 0.5, value, 4*se)
			if shape.leave && width >= 30 {
				assert.Less(t, first(meanOf(middle)), 0.5-4*se)
			}
		}
	}
}

// compared gives the AUROC of held-out scores by mass-mean in three ways, and the mean of those
// within the splits.
func compared(t *testing.T, c Cases, spaces []Space, splits []Split) (middle, mean, raw, within float64) {
	t.Helper()
	rows, err := spaces[0].over(c)
	require.NoError(t, err)
	p := planOf(splits, false)
	probes, err := rows.fitted(t.Context(), []Method{{Kind: Mean}}, p.trains, usual())
	require.NoError(t, err)
	n := len(c.Positive)
	byMiddle, byMean, asIs, scores := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	var a area
	measured := 0.0
	for k, s := range splits {
		for i := range scores {
			scores[i] = probes[0][p.outer[k]].Score(spaces[0].Rows.(*table).row(i))
		}
		var count, sum [2]float64
		for _, i := range c.of(s.Train) {
			count[class(c.Positive[i])]++
			sum[class(c.Positive[i])] += scores[i]
		}
		st := standardOf(scores, c.of(s.Train))
		for _, i := range c.of(s.Test) {
			byMiddle[i] = (scores[i] - (sum[0]/count[0]+sum[1]/count[1])/2) / st.sd
			byMean[i] = st.of(scores[i])
			asIs[i] = scores[i]
		}
		if v := a.among(scores, c.Positive, c.of(s.Test)); !math.IsNaN(v) {
			within, measured = within+v, measured+1
		}
	}
	return a.of(byMiddle, c.Positive), a.of(byMean, c.Positive), a.of(asIs, c.Positive), within / measured
}
