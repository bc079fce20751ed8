package probe

import (
	"context"
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/vector"
	"intentprobe/storage/plural"
)

// falsePositives is the rate at which the threshold of a control set is.
const falsePositives = 0.01

// checkControls refuses control runs that cannot be scored, before anything is fitted: those
// that contain the positive class, are of another model, lack a point or rows, or are among
// the runs of the set or given twice.
func checkControls(ctx context.Context, of *data.Set, opt *Options) error {
	known := map[string]string{}
	for _, r := range of.Runs {
		known[r.Manifest.RunID()] = r.Dir
	}
	meta := aboutOf(of)
	for _, dir := range opt.Controls {
		set, err := openControl(ctx, dir, opt, of.Points, opt.Data.Tokens)
		if err != nil {
			return fmt.Errorf("control run: %w", err)
		}
		r := set.Runs[0]
		if first, there := known[r.Manifest.RunID()]; there {
			return hint.Usage(fmt.Errorf("the control run %s is the same run as %s", dir, first), "name another: what a probe was fitted to says nothing of new samples, and a run counts once")
		}
		known[r.Manifest.RunID()] = dir
		if differ := meta.Differences(vector.FactsOf(r.Manifest)); len(differ) > 0 && !opt.Force {
			return hint.Usage(fmt.Errorf("the control run %s was made with something else than %s: %s", dir, of.Runs[0].Dir, strings.Join(differ, "; ")), "name a control run of the same model, template and adapters")
		}
	}
	return nil
}

// openControl opens a run of honest samples alone, at points under rules of tokens.
func openControl(ctx context.Context, dir string, opt *Options, points, tokens []string) (*data.Set, error) {
	o := opt.Data
	o.Control, o.IgnoreSplit, o.Points, o.Tokens, o.Where, o.Side = true, true, points, tokens, nil, ""
	return data.Open(ctx, []string{dir}, o)
}

// controls scores the control runs by the probe that is kept. The first sets the threshold at
// which false positives of all of them, and of the negative class, are told; the recall of
// positive samples is told at the threshold of each.
func (t *training) controls(ctx context.Context) error {
	meta := aboutOf(t.set)
	f := &file{reference: "the probe", meta: &meta, fitted: t.kept, at: t.at(), folds: t.seen()}
	d, _ := t.held(t.scores)
	return controls(ctx, t.report, t.opt, f, d)
}

// controls fills in what control runs say of a probe, whose scores of held-out samples are d.
func controls(ctx context.Context, r *report.Report, opt *Options, f *file, d metric.Data) error {
	r.Scale = &report.Scale{Mean: f.fitted.Mean, SD: f.fitted.SD}
	found, groups := ofClass(d, true)
	var threshold *metric.Threshold
	for _, dir := range opt.Controls {
		set, scores, err := scoreRun(ctx, dir, opt, f)
		if err != nil {
			return fmt.Errorf("control run: %w", err)
		}
		control := metric.Control{Name: set.Runs[0].Name, Score: scores, Group: set.ByGroup()}
		out := report.Control{Name: control.Name, Samples: len(scores), Groups: set.Groups.Negative}
		if n := f.readAgain(set); n > 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("%s of the control set %s have texts that the probe was fitted to: it may fire less on them than on others", plural.Count(n, "sample"), control.Name))
		}
		if out.Recall, err = metric.RecallAt(found, groups, control, falsePositives, opt.Level); err != nil {
			return fmt.Errorf("control run %s: %w", dir, err)
		}
		if threshold == nil {
			threshold = &out.Recall.Threshold
			if err := negatives(r, opt, d, *threshold); err != nil {
				return err
			}
		}
		if out.FalsePositives, err = metric.FalsePositives(scores, control.Group, threshold.Value, opt.Level); err != nil {
			return fmt.Errorf("control run %s: %w", dir, err)
		}
		out.Note = out.Recall.Threshold.Note
		out.Threshold = report.Number(r.Scale.Raw(out.Recall.Threshold.Value))
		values := report.Scores{Name: control.Name}
		for i, s := range scores {
			values.Values = append(values.Values, report.Number(s))
			x := &set.Samples[i]
			r.Rows = append(r.Rows, report.Row{Run: set.Runs[0].Manifest.RunID(), SampleID: x.SampleID, PromptID: x.PromptID, Group: x.Group, Set: &control.Name, Scorer: report.ByProbe, Score: report.Finite(s), Raw: report.Finite(r.Scale.Raw(s))})
		}
		r.Controls, r.Scores = append(r.Controls, out), append(r.Scores, values)
		warnOfAlarms(r, &out)
	}
	return nil
}

// readAgain counts the samples of a set whose texts the probe was fitted to.
func (f *file) readAgain(set *data.Set) (n int) {
	known := map[string]bool{}
	for _, h := range f.folds.Known {
		known[h] = true
	}
	for i := range set.Samples {
		if text := set.Samples[i].Text; text != "" && known[hashOf(text)] {
			n++
		}
	}
	return n
}

// ofClass gives the scores of a class, and their groups.
func ofClass(d metric.Data, positive bool) (scores []float64, groups []string) {
	for i, s := range d.Score {
		if d.Positive[i] == positive {
			scores, groups = append(scores, s), append(groups, d.Group[i])
		}
	}
	return scores, groups
}

// negatives tells how often the task's own negative samples are above the threshold that the
// first control set gave.
func negatives(r *report.Report, opt *Options, d metric.Data, t metric.Threshold) error {
	scores, groups := ofClass(d, false)
	rate, err := metric.FalsePositives(scores, groups, t.Value, opt.Level)
	if err != nil {
		return fmt.Errorf("negative samples: %w", err)
	}
	r.Negatives = &report.Control{Name: r.Task.Negative.Name, Samples: len(scores), Groups: rate.Groups, FalsePositives: rate, Threshold: report.Number(r.Scale.Raw(t.Value))}
	if rate.Low > alarming {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s of the task's own negative samples (%s) are above the threshold that %s sets: these are samples of another kind, and neither false positives nor recall at that threshold say anything of this task", report.Interval(rate, report.Percent), r.Negatives.Name, t.Control))
	}
	return nil
}

// alarming is a rate of false positives, at a threshold for 1 %, that means another kind of
// samples: its interval must be above.
const alarming = 0.05

// warnOfAlarms says where a probe fires on a control set, and more than on the task's own
// negative samples.
func warnOfAlarms(r *report.Report, c *report.Control) {
	own := r.Negatives.FalsePositives
	if rate := c.FalsePositives; rate.Low > alarming && rate.Low > own.High {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the probe fires on %s of the control set %s, and on %s of the task's own negative samples (%s): it reads something that this set has, too", report.Interval(rate, report.Percent), c.Name, report.Interval(own, report.Percent), r.Negatives.Name))
	}
}

// scoreRun scores the samples of a run of honest samples alone.
func scoreRun(ctx context.Context, dir string, opt *Options, f *file) (*data.Set, []float64, error) {
	set, err := openControl(ctx, dir, opt, []string{f.at.point}, []string{f.at.tokens})
	if err != nil {
		return nil, nil, err
	}
	if _, err := f.fits(set, false, opt.Force); err != nil {
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
