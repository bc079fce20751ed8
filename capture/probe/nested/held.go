package nested

import (
	"context"
	"fmt"
	"math"

	"intentprobe/capture/probe/fit"
)

// held is what one candidate came to in all splits.
type held struct {
	scores      []float64  // of samples, standardised; NaN where none held it out
	logit       []Platt    // of each split: probabilities of standardised scores
	inner       []float64  // of each split: mean AUROC over inner folds
	whole       *fit.Probe // of all training samples, where it was fitted with the others
	unconverged int
	blank       bool
}

// scoreMemory is what the scores of samples by probes may take at once.
const scoreMemory = 64 << 20

// held fits and scores candidates of one space.
func (s *search) held(ctx context.Context, space int, candidates []Candidate) ([]*held, error) {
	rows, err := s.rows(space)
	if err != nil {
		return nil, err
	}
	probes, err := rows.fitted(ctx, methodsOf(candidates), s.plan.trains, &s.opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rows.Name, err)
	}
	return s.judge(ctx, rows, methodsOf(candidates), probes)
}

func methodsOf(candidates []Candidate) (out []Method) {
	for _, c := range candidates {
		out = append(out, c.Method)
	}
	return out
}

// judge scores the samples by the probes of methods, [methods][training sets].
func (s *search) judge(ctx context.Context, rows *sampled, methods []Method, probes [][]*fit.Probe) ([]*held, error) {
	out := make([]*held, len(methods))
	var each []*fit.Probe
	for i := range out {
		out[i] = &held{scores: nans(len(s.cases.Positive)), logit: make([]Platt, len(s.tests)), inner: make([]float64, len(s.tests))}
		each = append(each, probes[i]...)
	}
	trains := len(s.plan.trains)
	column := make([]float64, len(s.cases.Positive))
	most := max(1, scoreMemory/8/len(column))
	for start := 0; start < len(each); start += most {
		end := min(start+most, len(each))
		scores, err := rows.score(ctx, each[start:end])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", rows.Name, err)
		}
		for k := start; k < end; k++ {
			scores.column(k-start, column)
			s.take(out[k/trains], methods[k/trains], rows, each[k], k%trains, column)
		}
	}
	return out, nil
}

// take takes the scores of all samples by the probe of one training set.
func (s *search) take(h *held, m Method, rows *sampled, p *fit.Probe, train int, scores []float64) {
	if !p.How.Converged {
		h.unconverged++
	}
	if train == s.plan.whole {
		h.whole = p
	}
	h.blank = h.blank || zero(p.Weights)
	positive := s.cases.Positive
	var a area
	for k := range s.tests {
		if s.plan.outer[k] == train {
			st := standardOf(scores, s.trains[k])
			for _, i := range s.tests[k] {
				h.scores[i] = st.of(scores[i])
			}
			if m.logOdds() && rows.Sample == nil {
				h.logit[k] = Platt{st.sd, st.mean}
				continue
			}
			if s.draws > 0 {
				continue
			}
			training := make([]float64, len(scores))
			for _, i := range s.trains[k] {
				training[i] = st.of(scores[i])
			}
			h.logit[k] = platt(training, positive, s.trains[k])
		}
		for j, at := range s.plan.inner[k] {
			if at == train {
				tests := s.inner[k][j]
				if v := a.of(pick(scores, tests), pick(positive, tests)); !math.IsNaN(v) {
					h.inner[k] += v / float64(s.measured[k])
				}
			}
		}
		if s.measured[k] == 0 {
			h.inner[k] = 0.5 // of labels that were drawn
		}
	}
}

func zero(x []float64) bool {
	for _, v := range x {
		if v != 0 {
			return false
		}
	}
	return true
}
