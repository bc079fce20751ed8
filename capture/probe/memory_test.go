package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Training and measuring on a million rows of one layer takes less than a GiB.
func TestAMillionRowsTrainInBoundedMemory(t *testing.T) {
	samples, bound := 20_000, uint64(1<<30)
	if testing.Short() {
		samples, bound = 400, 384<<20
	}
	const width, tokens = 576, 50
	dir, rows := filepath.Join(t.TempDir(), "run"), runs.Rows(10, tokens-10)
	random := rand.New(rand.NewPCG(1, 1))
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: post, Shape: []int{width}, DType: arrowfile.Float16}},
		Samples: samples, GroupSamples: 500, Batch: 512,
		Sample: func(i int) runs.Sample {
			return runs.Sample{
				Sample: rundir.Sample{
					PromptID: fmt.Sprint(i), Question: new(fmt.Sprint("q", i/2)), Label: new([]string{"lie", "mistake"}[i%2]),
					PromptTokens: 10, ResponseTokens: tokens - 10, Prompt: fmt.Sprintf("A prompt of some length, which has the number %d.", i/2), Response: "Yes.", Logprob: new(-1.0),
				},
				Rows: rows,
				Values: func(_, _ int, out []float32) {
					for j := range out {
						out[j] = random.Float32()
					}
					out[3] += 0.2 * float32(i%2)
				},
			}
		},
	}))
	opt := Options{Quick: true, Permutations: 19, How: []string{"mean"}}
	opt.Data = data.Options{Label: "label", Positive: "lie", Negative: "mistake", Rows: data.RowsToken, Score: metric.Pooling{Kind: metric.PoolMean}}
	start := time.Now()
	var trained *Trained
	var err error
	most := runs.Peak(func() { trained, err = Train(context.Background(), []string{dir}, opt) })
	require.NoError(t, err)
	require.Greater(t, trained.Report.AUROC.Value, 0.6)
	t.Logf("%d rows: %d MiB at most, %.1f s, %d passes over the rows", samples*tokens, most>>20, time.Since(start).Seconds(), trained.Report.Passes)
	require.LessOrEqual(t, trained.Report.Passes, 16, "passes over the rows of one layer")
	require.Less(t, most, bound)
}
