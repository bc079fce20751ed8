package probe

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/nested"
)

// What trains is no evidence: a run's split may hold out few groups of many.
func TestTheVerdictCountsGroupsThatWereHeldOut(t *testing.T) {
	e := &evaluation{scores: []float64{math.NaN(), 1, 2, 3, 4, math.NaN()}}
	e.cases = nested.Cases{Positive: []bool{true, true, false, true, true, false}, Group: []string{"a", "b", "b", "b", "c", "d"}}
	assert.Equal(t, [2]int{1, 2}, e.heldGroups(), "negative: b; positive: b and c")
}

// A probe that knows each topic by what it has seen of it does not separate. A topic by itself
// may have too few groups to show that; all of them, each held out once, have those of the probe.
func TestTopicsHeldOutTogether(t *testing.T) {
	change := func(i int, s *runs.Sample) {
		topic := i / 2 % width
		s.Label, s.Condition = s.Condition, nil
		s.Meta = fmt.Sprintf(`{"topic":"t%d"}`, topic)
		was := s.Values
		s.Values = func(row, column int, out []float32) {
			was(row, column, out)
			if column == 0 && i%2 == 0 {
				out[0] -= 2 // the design's own difference
				out[topic] += 3
			}
		}
	}
	opt := lies()
	opt.Quick, opt.Permutations, opt.Data.Label, opt.Data.Points = false, 199, "label", []string{post}
	trained, err := Train(ctx, []string{design{questions: 15 * width, seed: 33, change: change}.write(t)}, opt)
	require.NoError(t, err)
	r := trained.Report
	require.Greater(t, r.AUROC.Low, 0.8)
	all := r.LeftOut[len(r.LeftOut)-1]
	require.Equal(t, "each", all.Which())
	require.Equal(t, 15*width, all.AUROC.Groups)
	require.Less(t, all.AUROC.Low, 0.5)
	require.NotContains(t, r.Verdict.Word, "separates")
}
