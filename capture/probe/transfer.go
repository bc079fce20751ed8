package probe

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
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

	ByFollowup = "followup" // answers, and what was asked afterwards
)

// Transfer trains a probe on each set of samples (or of rows) and scores every set with it.
// Questions are never on both sides: folds are of groups over all sets, and a probe that scores
// a fold has seen nothing of it in any set. Errors are *hint.UsageError, or come from the files.
func Transfer(ctx context.Context, runs []string, by string, opt Options) (*report.Report, error) {
	opt.defaults()
	methods, err := opt.check(false)
	if err != nil {
		return nil, err
	}
	if len(methods) > 1 {
		return nil, hint.Usage(fmt.Errorf("%d methods", len(methods)), "a transfer is of one method with its number, as lda or logistic:0.1")
	}
	opt.Data.IgnoreSplit, opt.Data.Followups = true, by == ByFollowup
	if by == ByModel {
		return models(ctx, runs, opt, methods[0])
	}
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
		return hint.Usage(fmt.Errorf("several points and several rules of tokens"), "a transfer by "+t.by+" needs one of the other: choose a point (", hint.Option("points"), "), or a rule (", hint.Option("tokens"), ")")
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
	cells, splits, err := foldsOf(t.set, t.opt, 1, 1)
	if err != nil {
		return err
	}
	t.report.Task.Split = fmt.Sprintf("%d folds by group", len(splits))
	t.cases = t.set.Cases(cells)
	t.matrix(names)
	for i := range spaces {
		t.opt.note("fitting to %s (%d of %d)", names[i], i+1, len(spaces))
		probes, err := nested.Fit(ctx, t.cases, spaces[i], t.method, trainsOf(splits), nested.Options{})
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
	d, _ := t.some(t.scores, func(s int) bool { return of == nil || of[s] == j })
	if len(d.Score) == 0 {
		t.report.Matrix.AUROC[i][j] = none("no samples")
		return nil
	}
	auroc, err := metric.AUROC(d, t.opt.Level)
	t.report.Matrix.AUROC[i][j] = auroc
	return err
}

// none is the figure of what cannot be measured.
func none(why string) metric.Interval {
	return metric.Interval{Value: math.NaN(), High: 1, Method: metric.ByNothing, Note: why}
}
