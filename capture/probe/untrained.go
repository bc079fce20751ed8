package probe

import (
	"context"
	"fmt"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/probe/verdict"
)

// untrained does all that was done to the model with a run of the same samples on an untrained
// one, on the same folds. What such a model tells apart is in the text, so it is a baseline of
// the text.
func (t *training) untrained(ctx context.Context) error {
	if t.opt.Untrained == "" {
		return nil
	}
	t.opt.note("fitting to the untrained model")
	o := t.opt.Data
	o.IgnoreSplit, o.Points = true, t.set.Points
	set, err := data.Open(ctx, []string{t.opt.Untrained}, o)
	if err != nil {
		return fmt.Errorf("untrained model: %w", err)
	}
	at, cells, err := t.aligned(set)
	if err != nil {
		return err
	}
	spaces, _, err := spacesOf(set)
	if err != nil {
		return err
	}
	found, err := nested.Search(ctx, set.Cases(cells), spaces, t.splits, t.candidates, nested.Options{})
	if err != nil {
		return fmt.Errorf("untrained model: %w", err)
	}
	d, held := t.held(t.scores)
	var other []float64
	for _, i := range held {
		other = append(other, found.Scores[at[i]])
	}
	b := verdict.Baseline{Name: "untrained model", Kind: verdict.Text}
	if b.Difference, err = metric.Difference(d, other, t.opt.Level); err != nil {
		return err
	}
	if b.AUROC, err = metric.AUROC(metric.Data{Score: other, Positive: d.Positive, Group: d.Group}, t.opt.Level); err != nil {
		return err
	}
	t.figures = append(t.figures, b)
	t.report.Baselines = append(t.report.Baselines, report.Baseline{Name: b.Name, Kind: b.Kind, AUROC: b.AUROC, Difference: b.Difference})
	return nil
}

// aligned finds each sample among those of an untrained model, which must be the same texts:
// at which place it is there, and in which cell.
func (t *training) aligned(set *data.Set) (at []int, cells []int8, err error) {
	type key struct {
		prompt, followup string
		sample           int32
	}
	keyOf := func(s *data.Sample) key {
		k := key{prompt: s.PromptID, sample: s.Sample.Sample}
		if s.Followup != nil {
			k.followup = *s.Followup
		}
		return k
	}
	there := map[key]int{}
	cells = make([]int8, len(set.Samples))
	for j := range set.Samples {
		there[keyOf(&set.Samples[j])], cells[j] = j, -1
	}
	for i := range t.set.Samples {
		s := &t.set.Samples[i]
		j, ok := there[keyOf(s)]
		if !ok || set.Samples[j].Prompt != s.Prompt || set.Samples[j].Response != s.Response || set.Samples[j].Positive != s.Positive {
			return nil, nil, hint.Usage(fmt.Errorf("%s has no sample of the same text and class as sample %d of %s", t.opt.Untrained, s.SampleID, t.set.Runs[s.Run].Dir),
				"run the untrained model on the same rows with the same responses given (prompts.response)")
		}
		at, cells[j] = append(at, j), t.cases.Cell[i]
	}
	for i, s := range t.scores {
		if !math.IsNaN(s) && cells[at[i]] < 0 {
			return nil, nil, fmt.Errorf("%s: sample %d stands for two", t.opt.Untrained, set.Samples[at[i]].SampleID)
		}
	}
	return at, cells, nil
}
