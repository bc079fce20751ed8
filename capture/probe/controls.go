package probe

import (
	"context"
	"fmt"

	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
)

// falsePositives is the rate at which the threshold of a control set is.
const falsePositives = 0.01

// controls scores the control runs by the probe that is kept. The first sets the threshold at
// which false positives of all of them, and of the negative class, are told; the recall of
// positive samples is told at the threshold of each.
func (t *training) controls(ctx context.Context) error {
	meta := t.about()
	f := &file{reference: "the probe", meta: &meta, fitted: t.kept, at: t.places[t.candidates[t.found.Final].Space]}
	d, _ := t.held(t.scores)
	return controls(ctx, t.report, t.opt, f, d)
}

// controls fills in what control runs say of a probe, whose scores of held-out samples are d.
func controls(ctx context.Context, r *report.Report, opt *Options, f *file, d metric.Data) error {
	var groups []string
	var found []float64
	for i, s := range d.Score {
		if d.Positive[i] {
			found, groups = append(found, s), append(groups, d.Group[i])
		}
	}
	var threshold *metric.Threshold
	for _, dir := range opt.Controls {
		set, scores, err := scoreRun(ctx, dir, opt, f)
		if err != nil {
			return fmt.Errorf("control run: %w", err)
		}
		control := metric.Control{Name: set.Runs[0].Name, Score: scores, Group: set.ByGroup()}
		out := report.Control{Name: control.Name, Samples: len(scores), Groups: set.Groups.Negative}
		if out.Recall, err = metric.RecallAt(found, groups, control, falsePositives, opt.Level); err != nil {
			return fmt.Errorf("control run %s: %w", dir, err)
		}
		if threshold == nil {
			threshold = &out.Recall.Threshold
		}
		if out.FalsePositives, err = metric.FalsePositives(scores, control.Group, threshold.Value, opt.Level); err != nil {
			return fmt.Errorf("control run %s: %w", dir, err)
		}
		out.Note = out.Recall.Threshold.Note
		values := report.Scores{Name: control.Name}
		for _, s := range scores {
			values.Values = append(values.Values, report.Number(s))
		}
		r.Controls, r.Scores = append(r.Controls, out), append(r.Scores, values)
	}
	return nil
}

// scoreRun scores the samples of a run of honest samples alone.
func scoreRun(ctx context.Context, dir string, opt *Options, f *file) (*data.Set, []float64, error) {
	o := opt.Data
	o.Control, o.IgnoreSplit, o.Points, o.Tokens, o.Where = true, true, []string{f.at.point}, []string{f.at.tokens}, nil
	set, err := data.Open(ctx, []string{dir}, o)
	if err != nil {
		return nil, nil, err
	}
	if _, err := f.fits(set, opt.Force); err != nil {
		return nil, nil, err
	}
	space, err := set.Space(f.at.point, f.at.tokens)
	if err != nil {
		return nil, nil, err
	}
	scores, err := nested.Score(ctx, set.Cases(make([]int8, len(set.Samples))), space, []nested.Fitted{f.fitted})
	if err != nil {
		return nil, nil, err
	}
	return set, scores[0], nil
}
