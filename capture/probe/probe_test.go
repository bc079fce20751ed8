package probe

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/internal/runs"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/probe/verdict"
	"intentprobe/capture/vector"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// kept trains a probe and writes its file.
func kept(t *testing.T, opt Options, runs ...string) (*Trained, string) {
	t.Helper()
	trained, err := Train(ctx, runs, opt)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "lie.safetensors")
	_, err = vector.Write(disk.OS{}, path, trained.Meta, []*vector.Direction{trained.Direction})
	require.NoError(t, err)
	return trained, path
}

// scoresOf are the scores of the probe, by class.
func scoresOf(r *report.Report, class string) []report.Number {
	for _, s := range r.Scores {
		if s.Name == class {
			return s.Values
		}
	}
	return nil
}

func TestTheLayerThatKnowsIsChosen(t *testing.T) {
	trained, _ := kept(t, lies(), design{questions: 40, seed: 1}.write(t))
	r := trained.Report
	require.Equal(t, post, trained.Direction.Name)
	require.Equal(t, post, r.Probe.Point)
	require.Greater(t, r.AUROC.Value, 0.95)
	require.Len(t, r.Curve, 2)
	for _, p := range r.Curve {
		require.Equal(t, p.Name == post, p.AUROC.Low > 0.5, p.Name)
	}
	require.Len(t, r.Choices, 5)
	for _, c := range r.Choices {
		require.Equal(t, post, c.Point)
	}
	require.Equal(t, 80, r.AUROC.N)
	require.Equal(t, 40, r.AUROC.Groups)
	require.InDelta(t, 1.0/21, r.Permutation.P, 1e-12)
	require.Equal(t, report.WholeProcedure, r.Permutation.Of)
	require.Regexp(t, `^mean AUROC over what the folds held out [0-9.]+; the next best of 2: blocks\.0\.hook_resid_mid, all rows, lda.* 0\.[0-9]+$`, r.Probe.Why)
	require.Contains(t, r.Warnings, "20 permutations cannot give a p value of 0.01, which the rules need: it takes 99")
	require.NotEmpty(t, r.Rows)
	require.NotNil(t, r.Verdict)
}

// What a file keeps is what a reader finds, and its scores are those of training.
func TestAProbeIsReadAsItWasKept(t *testing.T) {
	for _, change := range []func(o *Options){
		func(*Options) {},
		func(o *Options) { o.How, o.Name = []string{nested.Mean}, "lie" },
		func(o *Options) { o.How = []string{"logistic:0.1"}; o.Data.Pool = "max" },
		func(o *Options) {
			o.Data.Rows, o.Data.Score = data.RowsToken, metric.Pooling{Kind: metric.PoolFirst, K: 1, After: 1}
		},
	} {
		opt := lies()
		opt.Data.Tokens, opt.Data.Points = []string{"response"}, []string{post}
		change(&opt)
		run := design{questions: 20, seed: 2}.write(t)
		trained, path := kept(t, opt, run)
		f, err := read(path + "#" + trained.Direction.Name)
		require.NoError(t, err)
		require.Equal(t, place{post, "response"}, f.at)
		require.Equal(t, trained.Direction.Vector, f.direction.Vector)
		require.Len(t, f.folds.Seen, 20)
		require.Equal(t, "float32", f.meta.DType)
		require.NotNil(t, f.platt)
		var of Options
		f.options(&of)
		require.Equal(t, opt.Data.Label, of.Data.Label)
		require.Equal(t, []string{"lie", "mistake"}, []string{of.Data.Positive, of.Data.Negative})
		opt.defaults()
		require.Equal(t, rowsText(&opt.Data), rowsText(&of.Data))

		shown, err := Show(path)
		require.NoError(t, err)
		require.Equal(t, trained.Report.Verdict.Word, shown.Figures.Verdict)
		require.InDelta(t, trained.Report.Permutation.P, *shown.Figures.P, 0)

		// Standardised by the file alone, training scores have mean 0 and deviation 1.
		set, err := data.Open(ctx, []string{run}, of.Data)
		require.NoError(t, err)
		space, err := set.Space(post, "response")
		require.NoError(t, err)
		scores, err := nested.Score(ctx, set.Cases(make([]int8, 40)), space, []nested.Fitted{f.fitted})
		require.NoError(t, err)
		mean, square := 0.0, 0.0
		for _, s := range scores[0] {
			mean, square = mean+s/40, square+s*s/40
		}
		require.InDelta(t, 0, mean, 1e-6)
		require.InDelta(t, 1, square, 1e-5)
	}
}

func TestFilesThatAreNoProbes(t *testing.T) {
	write := func(meta vector.Meta, d vector.Direction) string {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		meta.Kind, meta.Width, d.Width = vector.Directions, width, width
		_, err := vector.Write(disk.OS{}, path, meta, []*vector.Direction{&d})
		require.NoError(t, err)
		return path
	}
	one := vector.Direction{Name: "lie", Rank: 1, Vector: []float32{1, 0, 0, 0, 0, 0}, SD: math.NaN()}
	_, err := read(write(vector.Meta{}, one))
	expect.Refused(t, err, `does not say at which point "lie" was made`)
	_, err = read(write(vector.Meta{Point: post}, one) + "#truth")
	expect.Refused(t, err, "truth")
	_, err = read(write(vector.Meta{Point: post, Folds: json.RawMessage(`{"seen":7}`)}, one))
	require.ErrorContains(t, err, "folds")
	_, err = read(filepath.Join(t.TempDir(), "none.safetensors"))
	require.Error(t, err)
}

func TestEvalHoldsOutWhatWasSeen(t *testing.T) {
	old := design{questions: 30, seed: 3}.write(t)
	_, path := kept(t, lies(), old)
	more, err := Eval(ctx, path, []string{design{questions: 50, from: 20, seed: 4}.write(t)}, Options{Permutations: 50})
	require.NoError(t, err)
	require.Equal(t, 80, more.AUROC.N) // questions 30 to 69
	require.Contains(t, more.Warnings, "20 samples left out: the probe was fitted to their questions")
	require.Greater(t, more.AUROC.Value, 0.9)
	require.Equal(t, report.LabelsAlone, more.Permutation.Of)
	require.NotContains(t, strings.Join(more.Verdict.Because, " "), report.WholeProcedure)
	require.Len(t, scoresOf(more, "lie"), 40)
	// Folds of baselines are of what is left, of which there may be little.
	few, err := Eval(ctx, path, []string{design{questions: 34, seed: 4}.write(t)}, Options{Permutations: 50})
	require.NoError(t, err)
	require.Equal(t, 8, few.AUROC.N)
	_, err = Eval(ctx, path, []string{old}, Options{})
	expect.Refused(t, err, "fitted to all questions")

	// What was seen is known again under other names, and by other groups.
	renamed := func(i int, s *runs.Sample) {
		s.PromptID, s.Question = fmt.Sprint("other", i), new(fmt.Sprint("other", i/2))
	}
	_, err = Eval(ctx, path, []string{design{questions: 30, seed: 32, change: renamed}.write(t)}, Options{})
	expect.Refused(t, err, "fitted to all questions")
	by := lies()
	by.Data.Group = []string{"group"}
	_, grouped := kept(t, by, design{questions: 30, seed: 3, change: func(i int, s *runs.Sample) { s.Group = new(fmt.Sprint(i / 4)) }}.write(t))
	_, err = Eval(ctx, grouped, []string{old}, Options{})
	expect.Refused(t, err, "fitted to all questions")

	other := design{questions: 10, from: 90, seed: 5, manifest: func(m *rundir.Manifest) { m.Model.SHA256 = "other" }}.write(t)
	_, err = Eval(ctx, path, []string{other}, Options{})
	expect.Refused(t, err, "model's sha256")
	forced, err := Eval(ctx, path, []string{other}, Options{Force: true})
	require.NoError(t, err)
	require.Contains(t, forced.Warnings, "model's sha256: m in the file, other now")
}

// A direction whose file does not say which questions it was fitted to, as of vector make, has
// figures and no verdict: random labels of the samples that made it are told apart, too.
func TestEvalOfAFileWithoutFolds(t *testing.T) {
	run := design{questions: 60, seed: 30}.write(t)
	made, err := vector.Make(ctx, run, vector.Options{Label: "condition", Positive: "lie", Negative: "mistake", Points: []string{post}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "made.safetensors")
	_, err = vector.Write(disk.OS{}, path, made.Meta, made.Directions)
	require.NoError(t, err)
	for dir, said := range map[string]string{
		run: "which questions the probe was fitted to: they are among these",
		design{questions: 60, from: 90, seed: 31}.write(t): "they may be among these",
	} {
		r, err := Eval(ctx, path, []string{dir}, Options{Permutations: 200})
		require.NoError(t, err)
		require.Greater(t, r.AUROC.Low, 0.5)
		require.Equal(t, verdict.Undecided, r.Verdict.Word)
		require.Contains(t, strings.Join(r.Verdict.Because, " "), said)
	}
}

func TestControlRunsAreOpenedFirst(t *testing.T) {
	run := design{questions: 12, seed: 6}.write(t)
	honest := design{questions: 30, from: 40, seed: 7, change: func(_ int, s *runs.Sample) { s.Condition = new("mistake") }}.write(t)
	opt := lies()
	fitted := false
	opt.Note = func(string) { fitted = true }
	for said, controls := range map[string][]string{
		"contains the positive class": {design{questions: 5, seed: 8}.write(t)},
		"is the same run as":          {honest, honest},
		"model's sha256":              {design{questions: 5, seed: 9, manifest: func(m *rundir.Manifest) { m.Model.SHA256 = "other" }, change: func(_ int, s *runs.Sample) { s.Condition = new("mistake") }}.write(t)},
	} {
		opt.Controls = controls
		_, err := Train(ctx, []string{run}, opt)
		expect.Refused(t, err, said)
	}
	require.False(t, fitted, "before anything is fitted")
	opt.Controls = []string{honest}
	trained, err := Train(ctx, []string{run}, opt)
	require.NoError(t, err)
	require.Equal(t, 60, trained.Report.Controls[0].Samples)
	n := 0
	for _, row := range trained.Report.Rows {
		if row.Set != nil {
			n++
		}
	}
	require.Equal(t, 60, n)
}

// A control set of texts that the probe has seen is named.
func TestControlRunsOfSeenTexts(t *testing.T) {
	run := design{questions: 12, seed: 6}.write(t)
	for from, said := range map[int]bool{8: true, 40: false} {
		opt := lies()
		opt.Controls = []string{design{questions: 10, from: from, seed: 7, change: func(i int, s *runs.Sample) {
			s.Condition, s.Question = new("mistake"), new(fmt.Sprint("other", i))
		}}.write(t)}
		trained, err := Train(ctx, []string{run}, opt)
		require.NoError(t, err)
		warnings := strings.Join(trained.Report.Warnings, "\n")
		require.Equal(t, said, strings.Contains(warnings, "8 samples of the control set run have texts that the probe was fitted to"), warnings)
	}
}

// Of few groups there are fewer folds.
func TestFewGroupsHaveFewFolds(t *testing.T) {
	for questions, folds := range map[int]int{2: 2, 3: 3, 6: 5} {
		set, err := data.Open(ctx, []string{design{questions: questions, seed: 13}.write(t)}, lies().Data)
		require.NoError(t, err)
		opt := lies()
		opt.defaults()
		_, splits, err := foldsOf(set, &opt, 1, 1)
		require.NoError(t, err)
		require.Len(t, splits, folds)
	}
	set, err := data.Open(ctx, []string{design{questions: 6, seed: 13}.write(t)}, lies().Data)
	require.NoError(t, err)
	opt := lies()
	opt.defaults()
	cells, splits, err := foldsOf(set, &opt, opt.Inner, 2)
	require.NoError(t, err)
	require.NoError(t, set.Cases(cells).Check(splits))
}

// The same call gives the same bytes, however many threads there are.
func TestTheSameBytesOnAnyNumberOfThreads(t *testing.T) {
	run := design{questions: 30, seed: 14}.write(t)
	honest := design{questions: 10, from: 50, seed: 15, change: func(_ int, s *runs.Sample) { s.Condition = new("mistake") }}.write(t)
	var first [2][]byte
	for _, threads := range []int{1, 2, 7} {
		was := runtime.GOMAXPROCS(threads)
		opt := lies()
		opt.Quick, opt.How, opt.Controls = false, []string{nested.LDA, "logistic:0.1", nested.Mean}, []string{honest}
		trained, path := kept(t, opt, run)
		runtime.GOMAXPROCS(was)
		text, err := json.Marshal(trained.Report)
		require.NoError(t, err)
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		if first[0] == nil {
			first = [2][]byte{text, file}
		}
		require.Equal(t, string(first[0]), string(text))
		require.Equal(t, first[1], file)
	}
}

func TestPoolingsAreReadAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{"mean", "max", "last", "first:3", "first:2:5"} {
		p, err := ParsePooling(text)
		require.NoError(t, err, text)
		require.Equal(t, text, PoolingText(p))
	}
	for _, text := range []string{"", "median", "first", "first:0", "first:-1", "first:x", "first:1:2:3", "mean:3", "first:1:-2", "first:99999999999999999999"} {
		_, err := ParsePooling(text)
		expect.Refused(t, err, "scores cannot be pooled by")
	}
}

func TestMethodsAreReadWithTheirNumbers(t *testing.T) {
	opt := Options{How: []string{"mean", "mean-covariance", "lda", "components:3", "logistic:0.5", "logistic", "components"}}
	opt.defaults()
	methods, err := opt.check(true)
	require.NoError(t, err)
	require.Len(t, methods, 11)
	require.Equal(t, nested.Method{Kind: nested.Components, K: 3}, methods[3])
	require.Equal(t, nested.Method{Kind: nested.Logistic, C: 0.5, Scale: true}, methods[4])
	for _, m := range methods {
		require.NoError(t, m.Check())
	}
	for _, how := range []string{"svm", "", "lda:1", "mean:2", "logistic:0", "logistic:NaN", "logistic:Inf", "logistic:x", "components:0", "components:1.5", "ccs"} {
		opt := Options{How: []string{how}}
		opt.defaults()
		_, err := opt.check(true)
		expect.Refused(t, err, "method")
	}
	for _, o := range []Options{{Folds: 1}, {Folds: -1}, {Inner: 1}, {Folds: 20, Inner: 4}, {Level: 1}, {Level: math.NaN()}, {Permutations: -2}, {Permutations: 1e7}, {Split: "val"}} {
		o.defaults()
		_, err := o.check(true)
		expect.Refused(t, err)
	}
}

// A label of one class, rows without numbers, and runs of different dtypes.
func TestRowsThatCannotBeUsed(t *testing.T) {
	nan := design{questions: 12, seed: 16, change: func(i int, s *runs.Sample) {
		was := s.Values
		s.Values = func(row, column int, out []float32) {
			if was(row, column, out); i == 7 && row == 1 && column == 0 {
				out[2] = float32(math.NaN())
			}
		}
	}}.write(t)
	for _, kind := range data.RowKinds {
		opt := lies()
		opt.Data.Rows = kind
		_, err := Train(ctx, []string{nan}, opt)
		expect.Refused(t, err, "row 1 of sample 7 has NaN")
	}
	_, path := kept(t, lies(), design{questions: 12, seed: 17}.write(t))
	half := design{questions: 12, from: 20, seed: 18, manifest: func(m *rundir.Manifest) { m.DType = arrowfile.Float16 }}.write(t)
	_, err := Eval(ctx, path, []string{half}, Options{})
	expect.Refused(t, err, "dtype of the rows: float32 in the file, float16 now")
}
