package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/data"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

const (
	post  = "blocks.0.hook_resid_post" // knows the class
	mid   = "blocks.0.hook_resid_mid"  // knows nothing
	width = 6
)

var ctx = context.Background()

// design is a run of a lie and a mistake for each question, with rows that follow from the
// seed.
type design struct {
	questions, from int // number of the first question
	seed            uint64
	change          func(i int, s *runs.Sample)
	manifest        func(m *rundir.Manifest)
}

// write writes the run. Sample i is a lie where i is even, with three rows of a response; the
// first number of post is larger in lies.
func (d design) write(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: post, Shape: []int{width}, DType: arrowfile.Float32}, {Name: mid, Shape: []int{width}, DType: arrowfile.Float32}},
		Samples: 2 * d.questions, Manifest: func(m *rundir.Manifest) {
			m.Spec = fmt.Appendf(nil, `{"seed":%d,"from":%d}`, d.seed, d.from)
			if d.manifest != nil {
				d.manifest(m)
			}
		},
		Sample: func(i int) runs.Sample {
			random := rand.New(rand.NewPCG(d.seed, uint64(i))) //nolint:gosec // a test
			condition := []string{"lie", "mistake"}[i%2]
			s := runs.Sample{Sample: rundir.Sample{
				PromptID: fmt.Sprintf("p%d", 2*d.from+i), Question: new(fmt.Sprintf("q%d", d.from+i/2)), Condition: &condition,
				Prompt: fmt.Sprintf("Is it %d?", d.from+i/2), Response: "Yes it is.", PromptTokens: 1, ResponseTokens: 2, Logprob: new(-random.Float64()),
			}}
			s.Rows = runs.Rows(1, 2)
			values := make([]float32, len(s.Rows)*2*width)
			for k := range values {
				values[k] = float32(random.NormFloat64())
				if k%(2*width) == 0 && i%2 == 0 {
					values[k] += 2
				}
			}
			s.Values = func(row, column int, out []float32) { copy(out, values[(2*row+column)*width:][:width]) }
			if d.change != nil {
				d.change(i, &s)
			}
			return s
		},
	}))
	return dir
}

// lies are the options of the design's classes, without what takes long.
func lies() Options {
	return Options{Data: data.Options{Label: "condition", Positive: "lie", Negative: "mistake"}, Permutations: 20, Quick: true}
}
