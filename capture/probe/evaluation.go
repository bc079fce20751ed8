package probe

import (
	"context"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/probe/baseline"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/probe/verdict"
)

// evaluation is scores of samples that were held out, and what is said of them.
type evaluation struct {
	opt         *Options
	set         *data.Set
	cases       nested.Cases
	splits      []nested.Split // of baselines, and of the probe where it was trained
	scores      []float64      // standardised; NaN of samples that were not held out
	probability []float64      // nil where scores are none
	rule        string         // of tokens
	p           float64        // of permutations; NaN: none were made
	draws       int

	report   *report.Report
	figures  []verdict.Baseline
	measured []baseline.Measured
	missing  []string

	notHeldOut string // why it is not known that samples were held out; empty: they were
}

func (t *evaluation) warn(format string, of ...any) {
	t.report.Warnings = append(t.report.Warnings, fmt.Sprintf(format, of...))
}

// held gives the samples that were held out, with their scores, and their places.
func (t *evaluation) held(scores []float64) (d metric.Data, at []int) {
	return t.some(scores, func(int) bool { return true })
}

// some gives those of them that are taken.
func (t *evaluation) some(scores []float64, takes func(i int) bool) (d metric.Data, at []int) {
	for i, s := range scores {
		if math.IsNaN(s) || !takes(i) {
			continue
		}
		d.Score, d.Positive, d.Group = append(d.Score, s), append(d.Positive, t.cases.Positive[i]), append(d.Group, t.cases.Group[i])
		at = append(at, i)
	}
	return d, at
}

// headline are the figures of the choice. For balanced accuracy a sample counts as
// positive where its probability is above the share of positive samples; where there are no
// probabilities, where its score is above 0.
func (t *evaluation) headline(context.Context) error {
	d, at := t.held(t.scores)
	var err error
	if t.report.AUROC, err = addressed(metric.AUROC(d, t.opt.Level)); err != nil {
		return err
	}
	if t.report.ROC, err = metric.ROC(d); err != nil {
		return err
	}
	t.report.Scores = byClass(d, t.set.Positive, t.set.Negative)
	if t.probability == nil {
		t.report.Balanced, err = addressed(metric.BalancedAccuracy(d, 0, t.opt.Level))
		return err
	}
	probability := metric.Data{Positive: d.Positive, Group: d.Group}
	for _, i := range at {
		probability.Score = append(probability.Score, t.probability[i])
	}
	share := 0.0
	for _, p := range d.Positive {
		share += float64(one(p)) / float64(len(d.Positive))
	}
	if t.report.Balanced, err = addressed(metric.BalancedAccuracy(probability, share, t.opt.Level)); err != nil {
		return err
	}
	t.report.Calibration, err = metric.Calibrate(probability, bins, t.opt.Level, t.opt.Seed)
	return err
}

// bins are those of the reliability diagram.
const bins = 10

func addressed(i metric.Interval, err error) (*metric.Interval, error) { return &i, err }

// byClass parts scores by class.
func byClass(d metric.Data, positive, negative string) []report.Scores {
	out := []report.Scores{{Name: positive}, {Name: negative}}
	for i, s := range d.Score {
		of := &out[1]
		if d.Positive[i] {
			of = &out[0]
		}
		of.Values = append(of.Values, report.Number(s))
	}
	return out
}

func quantile(of []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[int(math.Ceil(q*float64(len(sorted))))-1]
}

// baselines are held out on the folds of the probe.
func (t *evaluation) baselines(ctx context.Context) error {
	t.opt.note("fitting baselines")
	all, missing, notes, err := baseline.Of(ctx, t.set, t.rule)
	if err != nil {
		return err
	}
	t.missing = missing
	t.report.Warnings = append(t.report.Warnings, notes...)
	measured, err := baseline.Measure(ctx, t.cases, t.splits, all, t.scores, nested.Options{})
	if err != nil {
		return err
	}
	for _, m := range measured {
		t.figures = append(t.figures, m.Baseline)
		t.measured = append(t.measured, m)
		t.report.Baselines = append(t.report.Baselines, report.Baseline{Name: m.Name, Kind: m.Kind, AUROC: m.AUROC, Difference: m.Difference, Note: noteOf(&m)})
	}
	return nil
}

// noteOf says what a reader of a baseline's figures has to know beside them.
func noteOf(m *baseline.Measured) string {
	if m.Nothing == "" && m.AUROC.High < 0.5 {
		return "what it learns turns round on held-out groups: it explains nothing"
	}
	return m.Nothing
}

// heldGroups counts the groups of each class, negative and positive, among the samples that
// were held out: those of training say nothing of others.
func (t *evaluation) heldGroups() (n [2]int) {
	d, _ := t.held(t.scores)
	seen := map[string][2]bool{}
	for i, group := range d.Group {
		of, class := seen[group], one(d.Positive[i])
		if !of[class] {
			n[class]++
		}
		of[class] = true
		seen[group] = of
	}
	return n
}

// judge gives the verdict.
func (t *evaluation) judge(context.Context) error {
	f := verdict.Figures{
		Positive: t.set.Positive, Negative: t.set.Negative, Groups: t.heldGroups(),
		AUROC: *t.report.AUROC, P: t.p, Draws: t.draws, Baselines: t.figures, Missing: t.missing, NotHeldOut: t.notHeldOut,
	}
	if p := t.report.Permutation; p != nil {
		f.Of = p.Of
	}
	for _, l := range t.report.LeftOut {
		f.LeftOut = append(f.LeftOut, verdict.LeftOut{By: l.By, Value: l.Value, AUROC: l.AUROC})
	}
	v := verdict.Of(f)
	t.report.Verdict = &report.Verdict{Word: v.Word, Text: v.Text, Because: v.Because, Change: v.Change}
	return nil
}
