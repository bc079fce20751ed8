package probe

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/probe/verdict"
	"intentprobe/capture/vector"
	"intentprobe/storage/plural"
)

// The ways to erase.
const (
	LEACE = "leace" // an affine map: fit.LEACE
	INLP  = "inlp"  // a subspace to be projected out: fit.INLP
)

// erasedByINLP is how the method of such an eraser begins in its file.
const erasedByINLP = "INLP"

// DoOf is what takes an eraser of a file that says m, in an intervention: "do: erase".
func DoOf(m *vector.Meta) string {
	if m.Kind == vector.Subspace {
		return "do: remove"
	}
	return "do: erase"
}

// Erased are maps or subspaces, one a point, after which probes should not tell the classes
// apart, and what was measured of that.
type Erased struct {
	Report     *report.Report
	Meta       vector.Meta
	Directions []*vector.Direction // named after their points
}

// Erase fits erasers to all samples that train, and measures on what was held out how well a
// new probe (LDA) tells the classes apart before and after: eraser and probe are fitted without
// the held-out samples. How is leace, or inlp with a number of rounds (8) as in inlp:4. Errors
// are *hint.UsageError, or come from the files.
func Erase(ctx context.Context, runs []string, how string, opt Options) (*Erased, error) {
	opt.How = []string{nested.LDA}
	opt.defaults()
	if _, err := opt.check(false); err != nil {
		return nil, err
	}
	rounds, err := roundsOf(how)
	if err != nil {
		return nil, err
	}
	if len(opt.Data.Tokens) > 1 || opt.Data.Rows == data.RowsToken {
		return nil, hint.Usage(fmt.Errorf("an eraser of several rules of tokens, or of rows that are tokens"), "give one rule, and one row a sample")
	}
	opt.Data.IgnoreSplit = opt.Data.IgnoreSplit || opt.Split == SplitFolds
	set, err := data.Open(ctx, runs, opt.Data)
	if err != nil {
		return nil, err
	}
	cells, splits, what, err := splitsOf(set, &opt, 1, 1)
	if err != nil {
		return nil, err
	}
	e := &erasing{training: training{evaluation: evaluation{opt: &opt, set: set, cases: set.Cases(cells), splits: splits}, split: what}, rounds: rounds}
	for _, s := range splits {
		e.trained |= s.Train
	}
	e.report = &report.Report{Version: report.Version, Kind: report.Erase, Task: taskOf(set, &opt), Warnings: append([]string(nil), set.Notes...)}
	e.report.Task.Split = what
	out := &Erased{Report: e.report, Meta: aboutOf(e.set)}
	out.Meta.Kind, out.Meta.How = vector.Affine, "LEACE (Belrose et al. 2023)"
	if rounds > 0 {
		out.Meta.Kind, out.Meta.How = vector.Subspace, fmt.Sprintf("%s, %s of logistic regression (Ravfogel et al. 2020)", erasedByINLP, plural.Count(rounds, "round"))
	}
	e.report.Task.How = []string{out.Meta.How}
	out.Meta.Tokens, out.Meta.Pooling = set.Rules[0].Tokens, opt.Data.Pool
	if len(set.Points) == 1 {
		out.Meta.Point = set.Points[0]
	}
	n := set.Of()
	out.Meta.Positive, out.Meta.Negative = &vector.Class{Name: set.Positive, N: int64(n[1])}, &vector.Class{Name: set.Negative, N: int64(n[0])}
	for i, point := range set.Points {
		opt.note("erasing at %s (%d of %d)", point, i+1, len(set.Points))
		d, err := e.point(ctx, point)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", point, err)
		}
		if d == nil {
			e.warn("%s left out: the classes do not differ there", point)
			continue
		}
		out.Directions = append(out.Directions, d)
	}
	if len(out.Directions) == 0 {
		return nil, hint.Usage(fmt.Errorf("the classes do not differ at any point"), "there is nothing to erase: choose other tokens, or other points")
	}
	e.report.Passes = set.Passes()
	return out, nil
}

// roundsOf reads how to erase: 0 is LEACE.
func roundsOf(how string) (int, error) {
	kind, number, numbered := strings.Cut(how, ":")
	switch {
	case kind == LEACE && !numbered:
		return 0, nil
	case kind == INLP && !numbered:
		return 8, nil
	case kind == INLP:
		if n, err := strconv.Atoi(number); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, hint.Usage(fmt.Errorf("there is no eraser %q", how), "use leace, or inlp, or inlp:ROUNDS")
}

// erasing is one call of Erase.
type erasing struct {
	training
	rounds int
}

// eraser takes from a row what tells the classes apart, in place.
type eraser interface{ Apply(x []float64) }

// point erases at a point; nil where there is nothing to erase.
func (e *erasing) point(ctx context.Context, point string) (*vector.Direction, error) {
	space, err := e.set.Space(point, e.set.Rules[0].Tokens)
	if err != nil {
		return nil, err
	}
	erasers, err := e.fitErasers(ctx, space, append(trainsOf(e.splits), e.trained))
	if erasers == nil || err != nil {
		return nil, err
	}
	before, err := e.ldaOf(ctx, space, e.splits)
	if err != nil {
		return nil, err
	}
	var after [][]float64
	for k, s := range e.splits {
		erased := space
		erased.Rows = &erasedRows{space.Rows, erasers[k]}
		scores, err := e.ldaOf(ctx, erased, []nested.Split{s})
		if err != nil {
			return nil, err
		}
		after = append(after, scores...)
	}
	if err := e.tell(point, e.merged(before), e.merged(after)); err != nil {
		return nil, err
	}
	return e.direction(ctx, point, space, erasers[len(e.splits)])
}

// ldaOf scores all samples by the LDA of each split.
func (e *erasing) ldaOf(ctx context.Context, space nested.Space, splits []nested.Split) ([][]float64, error) {
	probes, err := nested.Fit(ctx, e.cases, space, nested.Method{Kind: nested.LDA, Scale: true}, trainsOf(splits), nested.Options{})
	if err != nil {
		return nil, err
	}
	return nested.Score(ctx, e.cases, space, probes)
}

// merged takes of each sample the score of the split that holds it out.
func (e *erasing) merged(scores [][]float64) []float64 { return merge(scores, e.splits, e.cases.Cell) }

// fitErasers fits to the samples of each training set; nil where the classes of one do not
// differ.
func (e *erasing) fitErasers(ctx context.Context, space nested.Space, trains []fit.Folds) (out []eraser, err error) {
	rows, err := space.Over(e.cases)
	if err != nil {
		return nil, err
	}
	var m *fit.Moments
	if e.rounds == 0 {
		if m, err = fit.Measure(ctx, rows, fit.FoldGrams); err != nil {
			return nil, err
		}
	}
	for _, train := range trains {
		var by eraser
		var err error
		nothing := false
		if e.rounds > 0 {
			by, err = fit.INLP(ctx, rows, train, min(e.rounds, rows.Width()), inlpC, fit.LogisticOptions{})
		} else {
			var leace *fit.Eraser
			leace, err = fit.LEACE(m, train)
			by, nothing = leace, err == nil && leace.Rank == 0
		}
		if nothing || nested.Blank(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, by)
	}
	return out, nil
}

// inlpC is that of the logistic regressions of INLP.
const inlpC = 0.1

// tell adds the figures of a point.
func (e *erasing) tell(point string, before, after []float64) error {
	for _, of := range []struct {
		how    string
		scores []float64
	}{{"lda, before", before}, {"lda, erased", after}} {
		d, _ := e.held(of.scores)
		auroc, err := metric.AUROC(d, e.opt.Level)
		if err != nil {
			return err
		}
		e.onCurve(place{point, e.set.Rules[0].Tokens}, of.how, auroc, report.Number(math.NaN()))
	}
	of := e.report.Curve[len(e.report.Curve)-2:]
	of[1].Note = gone(of[0].AUROC, of[1].AUROC)
	return nil
}

// gone says in words what the AUROC of a new probe shows after erasing, beside that before.
func gone(before, a metric.Interval) string {
	switch {
	case before.Low <= 0.5 && a.Low <= 0.5:
		return "nothing was told apart before"
	case math.IsNaN(a.Value) || a.Method == metric.ByNothing:
		return "not shown: no interval"
	case a.Low > 0.5:
		return "still there"
	case a.High > verdict.Chance:
		return fmt.Sprintf("not shown to be gone: the interval ends above %g", verdict.Chance)
	case a.High < 0.5:
		return "gone; below 0.5, as a probe learns from the training samples what was balanced there"
	}
	return "gone"
}

// direction makes what the file keeps.
func (e *erasing) direction(ctx context.Context, point string, space nested.Space, by eraser) (*vector.Direction, error) {
	d := &vector.Direction{Name: point, Width: space.Rows.Width(), SD: math.NaN()}
	var err error
	if d.Negative, d.Positive, err = e.classMeans(ctx, space); err != nil {
		return nil, err
	}
	switch by := by.(type) {
	case *fit.Eraser:
		a, b := by.Map()
		d.Matrix, d.Offset = vector.Narrow(a), vector.Narrow(b)
	case *fit.Nullspace:
		d.Vector, d.Rank = vector.Narrow(by.Basis), len(by.Basis)/d.Width
	}
	return d, nil
}

// erasedRows are rows from which an eraser took something.
type erasedRows struct {
	fit.Rows
	by eraser
}

// Each gives the blocks of the rows, erased.
func (r *erasedRows) Each(ctx context.Context, do func(*fit.Block) error) error {
	width := r.Width()
	row := make([]float64, width)
	var x []float32
	return r.Rows.Each(ctx, func(b *fit.Block) error {
		x = append(x[:0], b.X...)
		for at := 0; at < len(x); at += width {
			for j, v := range x[at : at+width] {
				row[j] = float64(v)
			}
			r.by.Apply(row)
			for j, v := range row {
				x[at+j] = float32(v)
			}
		}
		with := *b
		with.X = x
		return do(&with)
	})
}
