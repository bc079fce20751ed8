package scenario

import (
	"fmt"
	"math"

	"intentprobe/capture/intent/ladder"
	"intentprobe/storage/rundir"
)

// Answers gives what the samples of a run say to questions, by their ids. Questions that
// have no sample, or one without two finite log-probabilities, are errors: a share of what
// was not scored would be made up.
func Answers(questions []Question, samples []rundir.Sample) ([]ladder.Answer, error) {
	byID := map[string]*rundir.Sample{}
	for i := range samples {
		byID[samples[i].PromptID] = &samples[i]
	}
	out := make([]ladder.Answer, 0, len(questions))
	for _, q := range questions {
		s := byID[q.ID()]
		if s == nil {
			return nil, fmt.Errorf("question %q has no sample in the run", q.ID())
		}
		share, mass, err := shareOf(s.AlternativeLogprobs)
		if err != nil {
			return nil, fmt.Errorf("question %q: %w", q.ID(), err)
		}
		out = append(out, ladder.Answer{Family: q.Family, HeldOut: q.HeldOut, Wording: q.Wording,
			Arm: q.Arm, Ask: ladder.Ask(q.Ask), Form: q.Form, Q: share, Mass: mass})
	}
	return out, nil
}

// shareOf is p1 / (p1 + p2) of two log-probabilities in nats, and p1 + p2.
func shareOf(logprobs []float64) (share, mass float64, err error) {
	if len(logprobs) != 2 {
		return 0, 0, fmt.Errorf("%d options are scored, two are needed", len(logprobs))
	}
	for _, x := range logprobs {
		if math.IsNaN(x) || x > 1e-6 {
			return 0, 0, fmt.Errorf("an option has the log-probability %g", x)
		}
	}
	first, second := logprobs[0], logprobs[1]
	if math.IsInf(first, -1) && math.IsInf(second, -1) {
		return 0, 0, fmt.Errorf("both options are impossible")
	}
	return 1 / (1 + math.Exp(second-first)), min(1, math.Exp(first)+math.Exp(second)), nil
}
