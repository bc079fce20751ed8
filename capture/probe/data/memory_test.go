package data

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/fit"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Opening a million rows and reading a point of theirs takes far less than a GiB.
func TestAMillionRowsInBoundedMemory(t *testing.T) {
	samples, bound := 20_000, uint64(256<<20)
	if testing.Short() {
		samples, bound = 400, 128<<20
	}
	const width, tokens = 576, 50
	dir := filepath.Join(t.TempDir(), "run")
	rows := runs.Rows(10, tokens-10)
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: post, Shape: []int{width}, DType: arrowfile.Float16}},
		Samples: samples, GroupSamples: 500, Batch: 512,
		Sample: func(i int) runs.Sample {
			return runs.Sample{
				Sample: rundir.Sample{
					PromptID: fmt.Sprint(i), Question: new(fmt.Sprint("q", i/2)), Condition: new([]string{"lie", "mistake"}[i%2]),
					PromptTokens: 10, ResponseTokens: tokens - 10, Prompt: fmt.Sprintf("A prompt of some length, which has the number %d.", i),
				},
				Rows:   rows,
				Values: func(row, _ int, out []float32) { out[0], out[width-1] = float32(i%1000), float32(row) },
			}
		},
	}))
	var read int
	var sum [2]float64
	most := runs.Peak(func() {
		opt := truth()
		opt.Rows, opt.Tokens = RowsToken, []string{"all", "response"}
		s, err := Open(ctx, []string{dir}, opt)
		require.NoError(t, err)
		of, err := s.Space(post, "all")
		require.NoError(t, err)
		start := time.Now()
		require.NoError(t, of.Rows.Each(ctx, func(b *fit.Block) error {
			for i := range b.Y {
				row := b.Row(i)
				sum[0], sum[1] = sum[0]+float64(row[0]), sum[1]+float64(row[width-1])
			}
			read += len(b.Y)
			return nil
		}))
		t.Logf("%d rows read in %v", read, time.Since(start))
	})
	require.Equal(t, samples*tokens, read)
	var want [2]float64
	for i := range samples {
		want[0] += float64(i % 1000 * tokens)
		want[1] += tokens * (tokens - 1) / 2
	}
	require.Equal(t, want, sum)
	t.Logf("%d MiB at most", most>>20)
	require.Less(t, most, bound)
}
