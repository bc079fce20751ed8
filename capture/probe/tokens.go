package probe

import (
	"cmp"
	"context"
	"math"
	"slices"

	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/rows"
	"intentprobe/storage/rundir"
)

// shown is how many samples of a class are told by token.
const shown = 4

// tokens scores the tokens of some samples, each by the probe of the split that held it out:
// of each class those at the ends and in between, by their scores.
func (t *training) tokens(ctx context.Context) error {
	at := t.at()
	for _, positive := range []bool{true, false} {
		for _, i := range spread(t.found.Scores, t.cases.Positive, positive) {
			probe := &t.kept
			for k, s := range t.splits {
				if s.Test.Has(t.cases.Cell[i]) {
					probe = &t.fitted[k]
				}
			}
			s, err := tokensOf(t.set, i, at, probe, t.found.Scores[i])
			if err != nil {
				return err
			}
			if s != nil {
				t.report.Samples = append(t.report.Samples, *s)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// spread gives samples of a class from the lowest to the highest score.
func spread(scores []float64, of []bool, positive bool) (out []int) {
	var all []int
	for i, s := range scores {
		if of[i] == positive && !math.IsNaN(s) {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	for k := range min(shown, len(all)) {
		out = append(out, all[k*(len(all)-1)/max(1, min(shown, len(all))-1)])
	}
	return slices.Compact(out)
}

// mostTokens are those of a sample that are shown.
const mostTokens = 2000

// tokensOf scores all rows that a run has of a sample; nil where it has none.
func tokensOf(set *data.Set, i int, at place, probe *nested.Fitted, score float64) (*report.Sample, error) {
	x := &set.Samples[i]
	if x.Rows == 0 {
		return nil, nil
	}
	run := set.Runs[x.Run]
	read, err := run.Read(*x.Sample, at.point)
	if err != nil {
		return nil, err
	}
	chosen, err := rows.Selected(run.Run, x.Sample, read.Rows, at.tokens)
	if err != nil {
		return nil, err
	}
	class := set.Negative
	if x.Positive {
		class = set.Positive
	}
	out := &report.Sample{ID: x.SampleID, Run: run.Name, Prompt: x.PromptID, Class: class, Score: score}
	width := len(probe.Weights)
	for k := range read.Rows[:min(len(read.Rows), mostTokens)] {
		r := &read.Rows[k]
		out.Tokens = append(out.Tokens, r.Token)
		out.Phase = append(out.Phase, rundir.Phases[r.Phase])
		out.Scores = append(out.Scores, report.Number(probe.Of(probe.Score(read.Values[0][k*width:(k+1)*width]))))
		out.Selected = append(out.Selected, chosen[k])
	}
	return out, nil
}
