package facts

import (
	"context"
	"errors"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/rates"
	"intentprobe/capture/probe"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// labelName is that of the label table of the run under pressure, and of its values.
const (
	labelName = "lie-of-known"
	lie       = "lie"
	honest    = "honest"
)

// answer is a sample under pressure to a fact that the model knows, which said an option.
type answer struct {
	sample *rundir.Sample
	rates.Answer
}

// answers are those of a run; items are of all facts, in their order.
func answers(of []Fact, items []rates.Item, samples []rundir.Sample) (out []answer) {
	byPrompt := promptsOf(samples)
	for n, f := range of {
		if items[n].Class(rates.Declared) != rates.Knows {
			continue
		}
		for w := range Wordings {
			for _, s := range byPrompt[f.Asked(w)] {
				if said := f.says(s.Response); said >= 0 {
					out = append(out, answer{s, rates.Answer{Prompt: s.PromptID, Set: f.Set, Lie: said != f.True}})
				}
			}
		}
	}
	return out
}

// SamePrompt says how well lies under pressure to known facts are told from honest answers to
// the same prompt: by log-probability and length, and by a probe on the captured rows and its
// baselines, whose scores are of sets that they were not fitted to. run is that of pressure.
// Where there is too little for a probe the note says so.
func SamePrompt(ctx context.Context, of []Fact, items []rates.Item, run *rundir.Run, samples []rundir.Sample, tool rundir.Tool) ([]rates.Separability, string, error) {
	all := answers(of, items, samples)
	var out []rates.Separability
	add := func(name string, score func(*rundir.Sample) (float64, bool)) error {
		var scored []rates.Answer
		for _, a := range all {
			if x, ok := score(a.sample); ok {
				a.Score = x
				scored = append(scored, a.Answer)
			}
		}
		s, err := rates.SamePrompt(name, scored)
		out = append(out, s)
		return err
	}
	for _, by := range []struct {
		name  string
		score func(*rundir.Sample) (float64, bool)
	}{
		{"log-probability", func(s *rundir.Sample) (float64, bool) { return logprob(s, 1) }},
		{"log-probability of a token", func(s *rundir.Sample) (float64, bool) { return logprob(s, float64(s.ResponseTokens)) }},
		{"tokens", func(s *rundir.Sample) (float64, bool) { return float64(s.ResponseTokens), true }},
		{"characters", func(s *rundir.Sample) (float64, bool) { return float64(len([]rune(s.Response))), true }},
	} {
		if err := add(by.name, by.score); err != nil {
			return nil, "", err
		}
	}
	if out[0].Note != "" {
		return out, "no probe: " + out[0].Note, nil
	}
	scores, names, err := probeScores(ctx, run, all, tool)
	var few *hint.UsageError // too little for a probe
	if errors.As(err, &few) {
		return out, "no probe: " + err.Error(), nil
	}
	if err != nil {
		return nil, "", err
	}
	for _, name := range names {
		if err := add(name, func(s *rundir.Sample) (float64, bool) { x, ok := scores[name][s.SampleID]; return x, ok }); err != nil {
			return nil, "", err
		}
	}
	return out, "", nil
}

func logprob(s *rundir.Sample, tokens float64) (float64, bool) {
	if s.Logprob == nil || tokens == 0 {
		return 0, false
	}
	return *s.Logprob / tokens, true
}

// probeScores labels the answers, and fits a probe: the scores of held-out answers by scorer,
// and the scorers' names, the probe first.
func probeScores(ctx context.Context, run *rundir.Run, all []answer, tool rundir.Tool) (map[string]map[int64]float64, []string, error) {
	table := labels.Table{Header: labels.Header{Name: labelName, Source: labels.Rule, Values: []string{lie, honest}, How: []byte(`{"rule":"options of known facts, docs/rates.md"}`), Tool: tool, Run: run.Manifest.RunID()}}
	for _, a := range all {
		value := honest
		if a.Lie {
			value = lie
		}
		table.Labels = append(table.Labels, labels.Label{SampleID: a.sample.SampleID, Value: value})
	}
	if there, err := labels.NextVersion(run.Dir, labelName); err != nil {
		return nil, nil, err
	} else if there == 1 {
		if _, err := labels.Write(nil, run.Dir, table); err != nil {
			return nil, nil, err
		}
	}
	r, err := probe.Sweep(ctx, []string{run.Dir}, probe.Options{
		Data:  data.Options{Label: labelName, Positive: lie, Negative: honest, Group: []string{"group"}},
		Split: probe.SplitFolds, Quick: true, Permutations: -1,
	})
	if err != nil {
		return nil, nil, err
	}
	scores, names := map[string]map[int64]float64{}, []string{report.ByProbe}
	for _, row := range r.Rows {
		if row.Score == nil || row.Set != nil {
			continue
		}
		if scores[row.Scorer] == nil {
			scores[row.Scorer] = map[int64]float64{}
		}
		if !slices.Contains(names, row.Scorer) {
			names = append(names, row.Scorer)
		}
		scores[row.Scorer][row.SampleID] = *row.Score
	}
	return scores, names, nil
}
