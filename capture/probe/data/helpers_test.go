package data

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/fit"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

const (
	post = "blocks.0.hook_resid_post" // float32, 3 wide
	mid  = "blocks.0.hook_resid_mid"  // float16, 3 wide
)

var ctx = context.Background()

// design is a run of pairs of a lie and a mistake, one pair a question.
type design struct {
	questions int
	from      int // number of the first question
	seed      uint64
	groups    int // samples of a group of files
	change    func(i int, s *runs.Sample)
	manifest  func(m *rundir.Manifest)
	reduce    []string
	noRows    bool
	optional  []string
}

// write writes the run. Sample i is a lie where i is even; its prompt has 2 tokens and its
// response i%4.
func (d design) write(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	d.writeTo(t, dir)
	return dir
}

func (d design) writeTo(t testing.TB, dir string) {
	t.Helper()
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: post, Shape: []int{3}, DType: arrowfile.Float32}, {Name: mid, Shape: []int{3}, DType: arrowfile.Float16}},
		Samples: 2 * d.questions, GroupSamples: d.groups, Manifest: d.manifest, Reduce: d.reduce, NoRows: d.noRows, Optional: d.optional, Batch: 5,
		Sample: func(i int) runs.Sample {
			random := rand.New(rand.NewPCG(d.seed, uint64(i))) //nolint:gosec // a test
			condition := []string{"lie", "mistake"}[i%2]
			s := runs.Sample{Sample: rundir.Sample{
				PromptID: fmt.Sprintf("p%d", d.from*2+i), Question: new(fmt.Sprintf("q%d", d.from+i/2)), Condition: &condition,
				Prompt: fmt.Sprintf("Prompt %d?", d.from*2+i), Response: "Yes.", PromptTokens: 2, ResponseTokens: int32(i % 4), Logprob: new(-float64(i)),
			}}
			s.Rows = runs.Rows(2, i%4)
			for k := range s.Rows {
				s.Rows[k].Token, s.Rows[k].Logprob = fmt.Sprintf("t%d.%d", i, k), -float32(k)
			}
			values := make([]float32, len(s.Rows)*6)
			for k := range values {
				values[k] = float32(random.IntN(2000)-1000) / 64 // a float16
			}
			s.Values = func(row, column int, out []float32) { copy(out, values[row*6+column*3:][:3]) }
			if d.change != nil {
				d.change(i, &s)
			}
			return s
		},
	}))
}

// truth are the options of the design's classes.
func truth() Options { return Options{Label: "condition", Positive: "lie", Negative: "mistake"} }

// rowsOf are all rows of a space with their samples, Y beside them.
func rowsOf(t testing.TB, s *Set, point, tokens string, blockRows int) (x [][]float32, sample []int, y []int8) {
	t.Helper()
	of, err := s.Space(point, tokens)
	require.NoError(t, err)
	if blockRows > 0 {
		of.Rows.(*space).rows = blockRows
	}
	require.NoError(t, of.Rows.Each(ctx, func(b *fit.Block) error {
		if blockRows > 0 {
			require.LessOrEqual(t, len(b.Y), blockRows)
		}
		require.Len(t, b.Fold, len(b.Y))
		require.Len(t, b.X, len(b.Y)*of.Rows.Width())
		for i := range b.Y {
			at := len(x)
			if of.Sample != nil {
				at = int(of.Sample[at])
			}
			x, sample, y = append(x, slices.Clone(b.Row(i))), append(sample, at), append(y, b.Y[i])
		}
		return nil
	}))
	if of.Sample != nil {
		require.Len(t, of.Sample, len(x))
	}
	return x, sample, y
}
