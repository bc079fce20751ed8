package data

import (
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
)

// What is planted in some rows of the files is found by the probes that are fitted to them,
// of samples and of tokens, and the layer where it is planted is chosen.
func TestWhatIsPlantedInARunIsFound(t *testing.T) {
	dir := design{questions: 40, groups: 9, seed: 4, change: func(i int, s *runs.Sample) {
		was := s.Values
		s.Values = func(row, column int, out []float32) {
			if was(row, column, out); column == 1 && i%2 == 0 {
				out[2] += 60 // of numbers from -16 to 16
			}
		}
	}}.write(t)
	for _, way := range []string{RowsSample, RowsToken} {
		opt := truth()
		opt.Rows = way
		s, err := Open(ctx, []string{dir}, opt)
		require.NoError(t, err)
		cells, splits, err := nested.Cross(s.Labels(), s.ByGroup(), 4, 2, 1)
		require.NoError(t, err)
		var spaces []nested.Space
		var candidates []nested.Candidate
		for i, point := range []string{post, mid} {
			of, err := s.Space(point, "")
			require.NoError(t, err)
			spaces, candidates = append(spaces, of), append(candidates, nested.Candidate{Space: i, Method: nested.Method{Kind: nested.Mean}})
		}
		found, err := nested.Search(ctx, s.Cases(cells), spaces, splits, candidates, nested.Options{})
		require.NoError(t, err)
		require.Equal(t, 1, found.Final)
		of := func(scores []float64) float64 {
			a, err := metric.AUROC(metric.Data{Score: scores, Positive: s.Cases(cells).Positive, Group: s.ByGroup()}, 0.95)
			require.NoError(t, err)
			return a.Value
		}
		require.InDelta(t, 1, of(found.Scores), 1e-9)
		require.InDelta(t, 0.5, of(found.Each[0]), 0.25)
	}
}
