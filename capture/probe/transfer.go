package probe

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
)

// By what samples are parted for a transfer; else it is a column of samples or a key of the
// rows, such as condition or style.
const (
	ByRun    = "run"
	ByTokens = "tokens" // of which rows
	ByPoint  = "point"  // layers and points of one width
)

// Transfer trains a probe on each set of samples (or of rows) and scores every set with it.
// Questions are never on both sides: folds are of groups over all sets, and a probe that scores
// a fold has seen nothing of it in any set. Errors are *hint.UsageError, or come from the files.
func Transfer(ctx context.Context, runs []string, by string, opt Options) (*report.Report, error) {
	opt.defaults()
	methods, err := opt.check()
	if err != nil {
		return nil, err
	}
	if len(methods) > 1 {
		return nil, hint.Usage(fmt.Errorf("%d methods", len(methods)), "a transfer is of one method with its number, as lda or logistic:0.1")
	}
	opt.Data.IgnoreSplit = true
	set, err := data.Open(ctx, runs, opt.Data)
	if err != nil {
		return nil, err
	}
	r := &report.Report{Version: report.Version, Kind: report.Transfer, Task: taskOf(set, &opt), Warnings: slices.Clone(set.Notes)}
	r.Task.How = []string{described(methods[0])}
	t := &transfer{evaluation: evaluation{opt: &opt, set: set, report: r}, by: by, method: methods[0]}
	if by == ByTokens || by == ByPoint {
		err = t.rows(ctx)
	} else {
		err = t.samples(ctx)
	}
	return r, err
}

type transfer struct {
	evaluation
	by     string
	method nested.Method
}

// rows parts a set by its rules of tokens or its points.
func (t *transfer) rows(ctx context.Context) error {
	if t.by == ByPoint && len(t.set.Rules) > 1 || t.by == ByTokens && len(t.set.Points) > 1 {
		return hint.Usage(fmt.Errorf("several points and several rules of tokens"), "a transfer by "+t.by+" needs one of the other: choose a point, or a rule")
	}
	spaces, places, err := spacesOf(t.set)
	if err != nil {
		return err
	}
	if len(spaces) < 2 {
		return hint.Usage(fmt.Errorf("there is one %s", strings.TrimSuffix(t.by, "s")), "give two and more")
	}
	var names []string
	for _, at := range places {
		if t.by == ByPoint {
			names = append(names, at.point)
		} else {
			names = append(names, at.tokens)
		}
	}
	for i := range spaces {
		if spaces[i].Rows.Width() != spaces[0].Rows.Width() {
			return hint.Usage(fmt.Errorf("%s and %s have rows of different widths", names[0], names[i]), "choose points of one width")
		}
	}
	cells, splits, err := foldsOf(t.set, t.opt, 1)
	if err != nil {
		return err
	}
	t.report.Task.Split = fmt.Sprintf("%d folds by group", len(splits))
	t.cases = t.set.Cases(cells)
	t.matrix(names)
	var trains []fit.Folds
	for _, s := range splits {
		trains = append(trains, s.Train)
	}
	for i := range spaces {
		probes, err := nested.Fit(ctx, t.cases, spaces[i], t.method, trains, nested.Options{})
		if err != nil {
			return err
		}
		for j := range spaces {
			scores, err := nested.Score(ctx, t.cases, spaces[j], probes)
			if err != nil {
				return err
			}
			t.scores = merge(scores, splits, t.cases.Cell)
			if err := t.cell(i, j, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// merge takes of each sample the score by the probe of the split that holds it out.
func merge(scores [][]float64, splits []nested.Split, cells []int8) []float64 {
	out := make([]float64, len(cells))
	for i, cell := range cells {
		out[i] = math.NaN()
		for k, s := range splits {
			if s.Test.Has(cell) {
				out[i] = scores[k][i]
			}
		}
	}
	return out
}

// samples parts samples by a column or key.
func (t *transfer) samples(ctx context.Context) error {
	if len(t.set.Points) > 1 || len(t.set.Rules) > 1 {
		return hint.Usage(fmt.Errorf("%d points under %d rules of tokens", len(t.set.Points), len(t.set.Rules)), "a transfer is at one point under one rule: choose them")
	}
	by, err := t.set.By(t.by)
	if err != nil {
		return err
	}
	names, of := valuesOf(by)
	if len(names) < 2 {
		return hint.Usage(fmt.Errorf("all samples have the same %s", t.by), "give two runs or more, or part them by another column")
	}
	_, splits, err := foldsOf(t.set, t.opt, 1)
	folds := len(splits)
	if err != nil {
		return err
	}
	if folds = min(folds, fit.MostFolds/len(names)); folds < 2 {
		return hint.Usage(fmt.Errorf("%d values of %s", len(names), t.by), fmt.Sprintf("there may be %d: use fewer", fit.MostFolds/2))
	}
	cells, err := t.cells(names, of, folds)
	if err != nil {
		return err
	}
	t.report.Task.Split = fmt.Sprintf("%d folds by group over all of them", folds)
	t.cases = t.set.Cases(cells)
	t.matrix(names)
	space, err := t.set.Space(t.set.Points[0], t.set.Rules[0].Tokens)
	if err != nil {
		return err
	}
	for i := range names {
		if err := t.from(ctx, space, i, folds, of); err != nil {
			return err
		}
	}
	return nil
}

// valuesOf numbers values by their first occurrence; samples without one are of -1.
func valuesOf(by []string) (names []string, of []int) {
	for _, v := range by {
		at := slices.Index(names, v)
		if v != "" && at < 0 {
			at = len(names)
			names = append(names, v)
		}
		of = append(of, at)
	}
	return names, of
}

// cells puts samples into folds of groups over all sets: cell = set·folds + fold.
func (t *transfer) cells(names []string, of []int, folds int) ([]int8, error) {
	label := t.set.Labels()
	for i, k := range of {
		if k >= 0 {
			label[i] += "\x00" + names[k]
		}
	}
	split, err := metric.Folds(label, t.set.ByGroup(), folds, 1, t.opt.Seed)
	if err != nil {
		return nil, err
	}
	cells := make([]int8, len(of))
	for i, k := range of {
		cells[i] = -1
		if k >= 0 {
			cells[i] = int8(k*folds + split.Outer[i]) //nolint:gosec // below fit.MostFolds
		}
	}
	return cells, nil
}

// from trains on one set and scores all.
func (t *transfer) from(ctx context.Context, space nested.Space, set, folds int, of []int) error {
	var trains []fit.Folds
	var splits []nested.Split
	own := fit.First(folds) << (set * folds)
	for k := range folds {
		test := fit.Folds(0)
		for s := range len(t.report.Matrix.Test) {
			test |= 1 << (s*folds + k)
		}
		trains = append(trains, own&^test)
		splits = append(splits, nested.Split{Train: own &^ test, Test: test})
	}
	probes, err := nested.Fit(ctx, t.cases, space, t.method, trains, nested.Options{})
	if err != nil {
		return fmt.Errorf("training on %s %s: %w", t.by, t.report.Matrix.Train[set], err)
	}
	scores, err := nested.Score(ctx, t.cases, space, probes)
	if err != nil {
		return err
	}
	t.scores = merge(scores, splits, t.cases.Cell)
	for j := range t.report.Matrix.Test {
		if err := t.cell(set, j, of); err != nil {
			return err
		}
	}
	return nil
}

// matrix makes an empty one.
func (t *transfer) matrix(names []string) {
	m := &report.Matrix{By: t.by, Train: names, Test: names}
	for i := range names {
		m.AUROC, m.Within = append(m.AUROC, make([]metric.Interval, len(names))), append(m.Within, make([]bool, len(names)))
		m.Within[i][i] = true
	}
	t.report.Matrix = m
}

// cell measures the scores of the samples of one set; of all where sets are of rows.
func (t *transfer) cell(i, j int, of []int) error {
	var d metric.Data
	for s, score := range t.scores {
		if math.IsNaN(score) || of != nil && of[s] != j {
			continue
		}
		d.Score, d.Positive, d.Group = append(d.Score, score), append(d.Positive, t.cases.Positive[s]), append(d.Group, t.cases.Group[s])
	}
	auroc, err := metric.AUROC(d, t.opt.Level)
	t.report.Matrix.AUROC[i][j] = auroc
	return err
}
