package nested

import (
	"context"
	"math"

	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// pooled are the scores of samples by several probes, [samples, probes].
type pooled struct {
	probes int
	scores []float64
}

// column gives the scores of all samples by one probe.
func (p *pooled) column(probe int, out []float64) {
	for i := range out {
		out[i] = p.scores[i*p.probes+probe]
	}
}

// score reads the rows once and pools the scores of each sample's. Memory: 8 bytes for each
// sample and probe.
func (r *sampled) score(ctx context.Context, probes []*fit.Probe) (*pooled, error) {
	n := len(probes)
	out := &pooled{probes: n, scores: make([]float64, len(r.cell)*n)}
	if r.Sample != nil && r.Pool.Kind == metric.PoolMax {
		for i := range out.scores {
			out.scores[i] = math.Inf(-1)
		}
	}
	seen := make([]int32, len(r.cell))
	err := fit.Score(ctx, r, probes, func(b *fit.Block, first int64, scores []float64) error {
		for i := range b.Y {
			at := r.of(int(first) + i)
			from, to := scores[i*n:(i+1)*n], out.scores[at*n:(at+1)*n]
			switch {
			case r.Sample == nil || r.Pool.Kind == metric.PoolLast:
				copy(to, from)
			case r.Pool.Kind == metric.PoolMax:
				for k, v := range from {
					to[k] = max(to[k], v)
				}
			default:
				by := 1 / float64(r.count[at])
				if r.Pool.Kind == metric.PoolFirst {
					by = r.share(at, seen[at])
				}
				for k, v := range from {
					to[k] += by * v
				}
			}
			seen[at]++
		}
		return nil
	})
	return out, err
}

// share is what row k of a sample counts in the mean of its first ones.
func (r *sampled) share(sample int, k int32) float64 {
	first, end := r.Pool.After, min(r.Pool.After+r.Pool.K, int(r.count[sample]))
	if int(k) < first || int(k) >= end {
		return 0
	}
	return 1 / float64(end-first)
}
