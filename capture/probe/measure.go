package probe

import (
	"context"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/hooks"
	"intentprobe/storage/plural"
)

// measure says what the held-out scores show.
func (t *training) measure(ctx context.Context) error {
	t.report = &report.Report{Version: report.Version, Kind: report.Train, Task: t.task(), Warnings: slices.Clone(t.set.Notes)}
	if n := t.found.Unconverged; n > 0 {
		t.warn("%s ended before converging; such figures are those of where the fit ended", plural.Count(n, "fit"))
	}
	for _, step := range []func(context.Context) error{
		t.headline, t.permutation, t.curve, t.choices, t.baselines, t.untrained, t.leftOut, t.selectivity, t.code, t.controls, t.tokens, t.judge,
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	t.rows(t.chosen)
	return nil
}

// curve is each candidate by itself: of each place the method that is best there inside the
// folds would be a choice, so that all are told.
func (t *training) curve(context.Context) error {
	for i, c := range t.candidates {
		d, _ := t.held(t.found.Each[i])
		auroc, err := metric.AUROC(d, t.opt.Level)
		if err != nil {
			return err
		}
		p := report.Number(math.NaN())
		if t.null != nil {
			p = report.Number(t.null.Each[i])
		}
		t.onCurve(t.places[c.Space], c.Method.String(), auroc, p)
		t.report.Curve[len(t.report.Curve)-1].Kept = i == t.found.Final
	}
	return nil
}

// onCurve adds a figure of a place to the layer curve.
func (t *evaluation) onCurve(at place, how string, auroc metric.Interval, p report.Number) {
	point := report.Point{Name: at.point, Layer: -1, Tokens: at.tokens, How: how, AUROC: auroc, P: p}
	if of, ok := hooks.ParsePoint(at.point); ok && of.Layer >= 0 {
		point.Layer = of.Layer
		if n := t.report.Task.Layers; n > 0 { // a run that lost its manifest does not know
			point.Depth = float64(of.Layer+1) / float64(n)
		}
	}
	t.report.Curve = append(t.report.Curve, point)
}

// choices are what each split chose.
func (t *training) choices(context.Context) error {
	for k, s := range t.splits {
		c := t.candidates[t.found.Chosen[k]]
		at := t.places[c.Space]
		choice := report.Choice{Fold: s.Name, Point: at.point, Tokens: at.tokens, How: c.Method.String(), Inner: report.Number(math.NaN()), AUROC: report.Number(math.NaN())}
		if t.found.Inner != nil {
			choice.Inner = report.Number(t.found.Inner[k][t.found.Chosen[k]])
		}
		d, _ := t.some(t.found.Scores, func(i int) bool { return s.Test.Has(t.cases.Cell[i]) })
		if auroc, err := metric.AUROC(d, t.opt.Level); err == nil && slices.Contains(d.Positive, true) && slices.Contains(d.Positive, false) {
			choice.AUROC = report.Number(auroc.Value)
		}
		t.report.Choices = append(t.report.Choices, choice)
	}
	return nil
}

// task says what is told apart in which rows.
func (t *training) task() report.Task {
	task := taskOf(t.set, t.opt)
	task.Split = t.split
	for _, m := range t.methods {
		task.How = append(task.How, described(m))
	}
	return task
}

// described names a method with its source.
func described(m nested.Method) string {
	source := map[string]string{
		nested.Mean:           "difference of the class means (Marks and Tegmark 2023)",
		nested.MeanCovariance: "difference of the class means times the inverse covariance (Marks and Tegmark 2023)",
		nested.LDA:            "Fisher's linear discriminant, shrinkage by Ledoit and Wolf (2004)",
		nested.Components:     "difference of the class means in principal components (Kumar 2026)",
		nested.Logistic:       "logistic regression with L2, standardised",
		nested.CCS:            "contrast-consistent search (Burns et al. 2022)",
	}[m.Kind]
	return strings.TrimSpace(m.String() + ": " + source)
}
