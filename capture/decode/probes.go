package decode

import (
	"fmt"
	"math"
	"slices"
)

// scoresOf gives the scores of token i of the last batch, which is a token of a sample; nil
// of a token without a row. They are the caller's.
func (r *Runner) scoresOf(i int, s *sequence, token int) ([]float32, error) {
	scores := r.batch.ScoresOf(i)
	if len(scores) == 0 || r.targets[i].Base == nil {
		return nil, nil
	}
	for k, x := range scores {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("prompt %q, sample %d, position %d: the probe %s gives a score that is not finite", s.job.ID(), s.job.Sample, s.start+token, r.plan.Scores[k].Name)
		}
	}
	return slices.Clone(scores), nil
}

// pooled are the scores of several rows, of each probe.
type pooled struct {
	rows      int
	sum       []float64
	max, last []float32
}

// add adds a row.
func (p *pooled) add(scores []float32) {
	if p.rows++; p.rows == 1 {
		p.sum, p.max = make([]float64, len(scores)), slices.Clone(scores)
	}
	for i, x := range scores {
		p.sum[i] += float64(x)
		p.max[i] = max(p.max[i], x)
	}
	p.last = scores
}

// table gives the columns of samples: mean, max and last of each of n probes (rundir.Pooled);
// NaN where there was no row.
func (p *pooled) table(n int) (out []float32) {
	for i := range n {
		if p.rows == 0 {
			out = append(out, nan, nan, nan)
			continue
		}
		out = append(out, float32(p.sum[i]/float64(p.rows)), p.max[i], p.last[i])
	}
	return out
}
