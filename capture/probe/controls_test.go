package probe

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
)

// honest is a control run whose rows are moved along the first number, which is larger in lies.
func honest(t *testing.T, seed uint64, by float32) string {
	return design{questions: 60, from: int(1000 * seed), seed: seed, change: func(i int, s *runs.Sample) {
		mistake := "mistake"
		s.Condition = &mistake
		values := s.Values
		s.Values = func(row, column int, out []float32) {
			values(row, column, out)
			if column == 0 {
				if i%2 == 0 {
					out[0] -= 2
				}
				out[0] += by
			}
		}
	}}.write(t)
}

func TestControlSetsOfAnotherKindAreToldSo(t *testing.T) {
	run := design{questions: 60, seed: 1}.write(t)
	warned := func(controls ...string) (own, kind, fires bool) {
		opt := lies()
		opt.Controls = controls
		trained, _ := kept(t, opt, run)
		r := trained.Report
		require.NotNil(t, r.Negatives)
		require.Equal(t, 60, r.Negatives.Samples)
		for _, w := range r.Warnings {
			own = own || strings.Contains(w, "own negative samples (mistake) are above the threshold")
			fires = fires || strings.Contains(w, "the probe fires on")
		}
		return own, r.Negatives.FalsePositives.Value > 0.5, fires
	}
	alike, low, high := honest(t, 5, 0), honest(t, 6, -9), honest(t, 7, 4)
	own, many, fires := warned(alike)
	require.False(t, own || many || fires, "a control set of the kind of the task")
	own, many, fires = warned(low)
	require.True(t, own && many, "its threshold is so low that the own negatives are above it")
	require.False(t, fires)
	own, _, fires = warned(alike, high)
	require.False(t, own)
	require.True(t, fires, "it looks like lies")
}
