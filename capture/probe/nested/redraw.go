package nested

import (
	"context"
	"errors"
	"fmt"
	"math"

	"intentprobe/capture/probe/fit"
)

// space takes all candidates of a space in all draws.
func (d *trials) space(ctx context.Context, space int) error {
	rows, err := d.rows(space)
	if err != nil {
		return err
	}
	var samples *fit.Samples
	var regressions, others []int
	for _, i := range d.in(space) {
		switch m := d.candidates[i].Method; {
		case rows.Space.closed(m):
			if samples == nil {
				if samples, err = fit.Gather(ctx, rows, rows.Sample); err != nil {
					return fmt.Errorf("%s: %w", rows.Name, err)
				}
			}
			if err := d.closed(ctx, i, rows, samples); err != nil {
				return fmt.Errorf("%s: %s: %w", rows.Name, m, err)
			}
		case m.Kind == Logistic:
			regressions = append(regressions, i)
		default:
			others = append(others, i)
		}
	}
	if err := d.regress(ctx, rows, regressions); err != nil {
		return fmt.Errorf("%s: logistic regression: %w", rows.Name, err)
	}
	return d.again(ctx, space, others)
}

// closed takes one candidate in all draws, by products of samples.
func (d *trials) closed(ctx context.Context, candidate int, rows *sampled, samples *fit.Samples) error {
	place := make([]int, len(samples.Row)) // the case of each sample in memory
	lists := make([][]int8, len(d.lists))
	for i, row := range samples.Row {
		place[i] = rows.of(int(row))
	}
	for k, list := range d.lists {
		lists[k] = pick(list, place)
	}
	n, splits := len(d.cases.Positive), len(d.tests)
	scores, inner := make([]float64, len(lists)*n), make([]float64, len(lists)*splits)
	var a area
	for k, split := range d.plan.splits {
		err := d.permuted(ctx, samples, d.candidates[candidate].Method, split.Train, split.Test, lists, true, func(list int, at []int, of []float64) {
			for j, i := range at {
				scores[list*n+place[i]] = math.Round(of[j]/quantum) * quantum
			}
		})
		if err != nil {
			return err
		}
		measured := make([]int, len(lists))
		for j := range d.plan.inner[k] {
			in := split.Inner[j]
			err := d.permuted(ctx, samples, d.candidates[candidate].Method, in.Train, in.Test, lists, false, func(list int, at []int, of []float64) {
				if v := a.of(of, pick(d.positive[list], pick(place, at))); !math.IsNaN(v) {
					inner[list*splits+k] += v
					measured[list]++
				}
			})
			if err != nil {
				return err
			}
		}
		for list, m := range measured {
			if inner[list*splits+k] /= float64(max(1, m)); m == 0 {
				inner[list*splits+k] = 0.5
			}
		}
	}
	for list := range lists {
		d.take(candidate, list, inner[list*splits:(list+1)*splits], scores[list*n:(list+1)*n], &a)
	}
	return nil
}

// manyLists is how many lists of labels are multiplied at once.
const manyLists = 256

// permuted gives the scores of a split's test samples, which are at places of the samples in
// memory, for each list of labels.
func (d *trials) permuted(ctx context.Context, samples *fit.Samples, m Method, train, test fit.Folds, lists [][]int8, standard bool, do func(list int, at []int, scores []float64)) error {
	var p *fit.Permuted
	var err error
	if m.Kind == LDA {
		p, err = samples.LDA(train, test, fit.Shrinkage{Given: m.Shrinkage, Raw: !m.Scale})
	} else {
		p, err = samples.MassMean(train, test)
	}
	if errors.Is(err, fit.ErrConstant) {
		var at []int
		for i, fold := range samples.Fold {
			if test.Has(fold) {
				at = append(at, i)
			}
		}
		for k := range lists {
			do(k, at, make([]float64, len(at)))
		}
		return nil
	}
	if err != nil {
		return err
	}
	for start := 0; start < len(lists); start += manyLists {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(start+manyLists, len(lists))
		scores, err := p.Scores(lists[start:end], standard)
		if err != nil {
			return err
		}
		for k := start; k < end; k++ {
			do(k, p.Test, scores[(k-start)*len(p.Test):(k-start+1)*len(p.Test)])
		}
	}
	return nil
}

// again fits candidates of a space anew in every draw.
func (d *trials) again(ctx context.Context, space int, candidates []int) error {
	if candidates == nil {
		return nil
	}
	var a area
	for k, positive := range d.positive {
		out, err := d.with(positive).held(ctx, space, pick(d.candidates, candidates))
		if err != nil {
			return err
		}
		for j, h := range out {
			d.take(candidates[j], k, h.inner, h.scores, &a)
		}
	}
	return nil
}
