package data

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/fit"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// BenchmarkSpace reads a point of 100,000 rows × 576.
func BenchmarkSpace(b *testing.B) {
	const width, samples, tokens = 576, 2000, 50
	for _, dtype := range []arrowfile.DType{arrowfile.Float16, arrowfile.Float32} {
		dir := filepath.Join(b.TempDir(), "run")
		rows := runs.Rows(10, tokens-10)
		require.NoError(b, runs.Write(dir, runs.Run{
			Columns: []arrowfile.Column{{Name: post, Shape: []int{width}, DType: dtype}},
			Samples: samples, GroupSamples: 500, Batch: 512,
			Sample: func(i int) runs.Sample {
				return runs.Sample{Sample: rundir.Sample{Condition: new([]string{"lie", "mistake"}[i%2]), PromptTokens: 10, ResponseTokens: tokens - 10}, Rows: rows}
			},
		}))
		for _, way := range []string{RowsToken, RowsSample} {
			opt := truth()
			opt.Rows = way
			s, err := Open(ctx, []string{dir}, opt)
			require.NoError(b, err)
			of, err := s.Space(post, "")
			require.NoError(b, err)
			b.Run(string(dtype)+"/"+way, func(b *testing.B) {
				b.SetBytes(samples * tokens * width * int64(dtype.Bytes()))
				for b.Loop() {
					require.NoError(b, of.Rows.Each(ctx, func(*fit.Block) error { return nil }))
				}
			})
		}
	}
}
