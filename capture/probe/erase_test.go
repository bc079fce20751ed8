package probe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/vector"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

const point = "blocks.1.hook_resid_post"

// told writes a run of questions with a lie and a mistake each, whose state at the prompt's
// last token tells them apart by gap in one of its columns.
func told(t *testing.T, questions int, gap float64, seed uint64) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, runs.Write(dir, runs.Run{
		Columns: []arrowfile.Column{{Name: point, Shape: []int{6}, DType: arrowfile.Float32}},
		Samples: 2 * questions,
		Sample: func(i int) runs.Sample {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			condition := []string{"lie", "mistake"}[i%2]
			s := runs.Sample{Sample: rundir.Sample{
				PromptID: fmt.Sprintf("p%d", i), Question: new(fmt.Sprintf("q%d", i/2)), Label: &condition,
				Prompt: fmt.Sprintf("The same %d?", i/2), Response: "Yes.", PromptTokens: 2, ResponseTokens: 1, Logprob: new(-1.0),
			}}
			s.Rows = runs.Rows(2, 1)
			s.Values = func(_, _ int, out []float32) {
				for j := range out {
					out[j] = float32(random.NormFloat64())
				}
				if i%2 == 0 {
					out[2] += float32(gap)
				}
				out[3] += out[2] // what is erased is not a column alone
			}
			return s
		},
	}))
	return dir
}

func options() Options {
	return Options{Data: data.Options{Label: "label", Positive: "lie", Negative: "mistake", Tokens: []string{"prompt[-1]"}}}
}

func TestErasersEraseWhatProbesRead(t *testing.T) {
	ctx, dir := context.Background(), told(t, 80, 4, 1)
	many := options()
	many.Folds = 20 // with no folds inside them
	e, err := Erase(ctx, []string{dir}, "leace", many)
	require.NoError(t, err)
	require.Equal(t, "20 folds by group", e.Report.Task.Split)
	many.Folds = 65
	_, err = Erase(ctx, []string{dir}, "leace", many)
	expect.Refused(t, err, "65 folds")
	for _, how := range []string{"leace", "inlp:2"} {
		e, err := Erase(ctx, []string{dir}, how, options())
		require.NoError(t, err, how)
		require.Len(t, e.Report.Curve, 2)
		require.Greater(t, e.Report.Curve[0].AUROC.Low, 0.9, "before")
		require.Less(t, e.Report.Curve[1].AUROC.Value, 0.75, "after %s", how)
		path := filepath.Join(t.TempDir(), "e.safetensors")
		_, err = vector.Write(disk.OS{}, path, e.Meta, e.Directions)
		require.NoError(t, err)
		f, err := vector.Read(path)
		require.NoError(t, err)
		d, err := f.Named(point)
		require.NoError(t, err)
		erased := func(x []float32) (out []float64) {
			if d.Matrix != nil {
				for i := range x {
					sum := float64(d.Offset[i])
					for j, v := range x {
						sum += float64(d.Matrix[i*len(x)+j]) * float64(v)
					}
					out = append(out, sum)
				}
				return out
			}
			out = vector.Widen(x)
			for r := range d.Rank {
				along := 0.0
				for j, v := range d.Row(r) {
					along += float64(v) * out[j]
				}
				for j, v := range d.Row(r) {
					out[j] -= along * float64(v)
				}
			}
			return out
		}
		limit := 1e-5 // LEACE makes the class means of its training rows the same
		if how != "leace" {
			limit = 1
		}
		a, b := erased(d.Positive), erased(d.Negative)
		for j := range a {
			require.InDelta(t, a[j], b[j], limit, how)
		}
	}
}

func TestErasersThatMeanNothingAreRefused(t *testing.T) {
	dir := told(t, 20, 4, 1)
	for _, how := range []string{"", "leace:2", "inlp:0", "inlp:x", "mean"} {
		_, err := Erase(context.Background(), []string{dir}, how, options())
		var usage *hint.UsageError
		require.ErrorAs(t, err, &usage, "%q", how)
		require.ErrorContains(t, err, "no eraser", "%q", how)
	}
}

func TestAnUntrainedModelThatTellsAsMuchIsTheText(t *testing.T) {
	ctx, dir, noise := context.Background(), told(t, 60, 4, 1), told(t, 60, 0, 2)
	opt := options()
	opt.Quick, opt.Permutations, opt.Untrained = true, 199, noise
	r, err := Train(ctx, []string{dir}, opt)
	require.NoError(t, err)
	require.Equal(t, "separates lie from mistake beyond text, likelihood and prompt", r.Report.Verdict.Word)
	opt.Untrained = dir
	r, err = Train(ctx, []string{dir}, opt)
	require.NoError(t, err)
	require.Equal(t, "reads the text", r.Report.Verdict.Word)
	last := r.Report.Baselines[len(r.Report.Baselines)-1]
	require.Equal(t, "untrained model", last.Name)
	require.InDelta(t, r.Report.AUROC.Value, last.AUROC.Value, 1e-9)
	opt.Untrained = told(t, 30, 0, 2)
	_, err = Train(ctx, []string{dir}, opt)
	require.ErrorContains(t, err, "has no sample of the same text and class")
}

func TestThreeQuestionsAreAnsweredAndNotJudged(t *testing.T) {
	opt := options()
	opt.Permutations = 99
	r, err := Train(context.Background(), []string{told(t, 3, 4, 1)}, opt)
	require.NoError(t, err)
	require.Equal(t, "undecided: not enough data", r.Report.Verdict.Word)
	opt.How = []string{"mean", "lda"}
	_, err = Train(context.Background(), []string{told(t, 3, 4, 1)}, opt)
	var usage *hint.UsageError
	require.ErrorAs(t, err, &usage)
	require.ErrorContains(t, err, "too few groups to choose inside the folds: 3 with a sample that is lie")
}

func TestAnEraserIsNoProbe(t *testing.T) {
	ctx, dir := context.Background(), told(t, 12, 4, 1)
	for how, says := range map[string][2]string{
		"leace":  {"is an eraser (LEACE (Belrose et al. 2023)), and gives no score", "do: erase"},
		"inlp:1": {"is an eraser (INLP, 1 round of logistic regression (Ravfogel et al. 2020)), and gives no score", "do: remove"},
		"inlp:2": {"is an eraser (INLP, 2 rounds of logistic regression (Ravfogel et al. 2020)), and gives no score", "do: remove"},
	} {
		e, err := Erase(ctx, []string{dir}, how, options())
		require.NoError(t, err, how)
		path := filepath.Join(t.TempDir(), "e.safetensors")
		_, err = vector.Write(disk.OS{}, path, e.Meta, e.Directions)
		require.NoError(t, err)
		_, err = Show(path)
		expect.Refused(t, err, says[0])
		var usage *hint.UsageError
		require.ErrorAs(t, err, &usage)
		require.Contains(t, usage.Hint(), says[1])
		_, err = Eval(ctx, path, []string{dir}, Options{})
		expect.Refused(t, err, says[0])
	}
}

func TestWhatIsNoFileOfAProbeIsNamed(t *testing.T) {
	_, err := Show(told(t, 2, 4, 1))
	expect.Refused(t, err, "is a folder, as runs are, and no file of directions")
}
