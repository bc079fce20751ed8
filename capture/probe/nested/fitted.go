package nested

import (
	"context"
	"fmt"

	"intentprobe/capture/probe/fit"
)

// Fitted is a probe that scores samples as Found.Scores are: standardised by the scores of the
// samples that it was fitted to.
type Fitted struct {
	*fit.Probe
	Mean float64 // of these scores
	SD   float64 // of these scores; 0 where they are all the same
}

// Of standardises a score.
func (f *Fitted) Of(score float64) float64 { return standard{f.Mean, f.SD}.of(score) }

// Fit fits a method in a space to several training sets, as Search does.
func Fit(ctx context.Context, c Cases, space Space, m Method, trains []fit.Folds, opt Options) ([]Fitted, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	for _, train := range trains {
		if err := c.trains("the training set", train); err != nil {
			return nil, err
		}
	}
	opt.defaults()
	rows, err := space.over(c)
	if err != nil {
		return nil, err
	}
	probes, err := rows.fitted(ctx, []Method{m}, trains, &opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", space.Name, err)
	}
	scores, err := rows.score(ctx, probes[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", space.Name, err)
	}
	out := make([]Fitted, len(trains))
	column := make([]float64, len(c.Positive))
	for k, train := range trains {
		scores.column(k, column)
		st := standardOf(column, c.of(train))
		out[k] = Fitted{Probe: probes[0][k], Mean: st.mean, SD: st.sd}
	}
	return out, nil
}

// Score scores samples in a space, which may be another than the probes were fitted in:
// standardised, [probes][samples]. Samples of the cell -1 are scored too, where they have rows.
func Score(ctx context.Context, c Cases, space Space, probes []Fitted) ([][]float64, error) {
	rows, err := space.over(c)
	if err != nil {
		return nil, err
	}
	of := make([]*fit.Probe, len(probes))
	for k := range probes {
		of[k] = probes[k].Probe
	}
	scores, err := rows.score(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", space.Name, err)
	}
	out := make([][]float64, len(probes))
	for k := range probes {
		out[k] = make([]float64, len(c.Positive))
		scores.column(k, out[k])
		for i, s := range out[k] {
			out[k][i] = probes[k].Of(s)
		}
	}
	return out, nil
}

// Area is the AUROC of scores without an interval, ties counting one half; scores that rounding
// may have made unequal are ties. It is NaN where a class has no score.
func Area(scores []float64, positive []bool) float64 {
	var a area
	return a.of(scores, positive)
}
