package probe

import (
	"math"

	"intentprobe/capture/probe/report"
)

// rows are the scores of the probe and of the baselines, of each sample that was held out.
// Chosen says of a sample in which fold it was, and what was chosen there; it may be nil.
func (t *evaluation) rows(chosen func(i int) (fold string, at place, how string)) {
	add := func(scorer string, scores, probability []float64) {
		for i, s := range scores {
			if math.IsNaN(s) {
				continue
			}
			x := &t.set.Samples[i]
			row := report.Row{
				Run: t.set.Runs[x.Run].Manifest.RunID(), SampleID: x.SampleID, PromptID: x.PromptID, Group: x.Group,
				Class: t.set.Negative, Positive: x.Positive, Scorer: scorer, Score: report.Finite(s),
			}
			if x.Positive {
				row.Class = t.set.Positive
			}
			if probability != nil {
				row.Probability = report.Finite(probability[i])
			}
			if scorer == report.ByProbe && t.report.Kind == report.Eval {
				row.Raw = report.Finite(t.report.Scale.Raw(s))
			}
			if chosen != nil {
				fold, at, how := chosen(i)
				row.Fold = &fold
				if scorer == report.ByProbe {
					row.Point, row.Tokens, row.How = &at.point, &at.tokens, &how
				}
			}
			t.report.Rows = append(t.report.Rows, row)
		}
	}
	add(report.ByProbe, t.scores, t.probability)
	for _, m := range t.measured {
		add(m.Name, m.Scores, nil)
	}
}

// chosen says what the split of a sample chose.
func (t *training) chosen(i int) (fold string, at place, how string) {
	for k, s := range t.splits {
		if s.Test.Has(t.cases.Cell[i]) {
			c := t.candidates[t.found.Chosen[k]]
			return s.Name, t.places[c.Space], c.Method.String()
		}
	}
	return "", place{}, ""
}
