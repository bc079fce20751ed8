package nested

import (
	"context"
	"errors"
	"fmt"

	"intentprobe/capture/probe/fit"
)

// Blank says of an error of package fit that rows are all the same, or that their classes do
// not differ: a probe of them knows nothing, and is no fault (a layer without attention at a token of the template).
// Training sets of one class are refused before; those of labels that were drawn are blank.
func Blank(err error) bool {
	return errors.Is(err, fit.ErrConstant) || errors.Is(err, fit.ErrSame) || errors.Is(err, fit.ErrOneClass)
}

// grams says which Gram matrices methods need.
func grams(methods []Method) (need fit.Grams) {
	for _, m := range methods {
		switch m.Kind {
		case Mean, CCS:
		case Logistic:
			need = max(need, fit.OneGram)
		default:
			need = max(need, fit.FoldGrams)
		}
	}
	return need
}

// fitted are the probes of methods in one space, [methods][training sets].
func (r *sampled) fitted(ctx context.Context, methods []Method, trains []fit.Folds, opt *Options) ([][]*fit.Probe, error) {
	f := &fitter{rows: r, trains: trains, opt: opt}
	f.room(len(methods))
	if err := f.measure(ctx, methods); err != nil {
		return nil, err
	}
	for _, scale := range []bool{false, true} {
		if err := f.logistic(ctx, methods, scale); err != nil {
			return nil, fmt.Errorf("logistic regression: %w", err)
		}
	}
	for i, m := range methods {
		if m.Kind == Logistic {
			continue
		}
		if err := f.method(ctx, m, f.out[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", m, err)
		}
	}
	return f.out, nil
}

// fitter fits methods to training sets.
type fitter struct {
	rows    *sampled
	moments *fit.Moments
	trains  []fit.Folds
	useful  []int // places of training sets whose rows and classes differ
	opt     *Options
	out     [][]*fit.Probe
}

// room makes places for probes.
func (f *fitter) room(methods int) {
	f.out = make([][]*fit.Probe, methods)
	for i := range f.out {
		f.out[i] = make([]*fit.Probe, len(f.trains))
	}
}

// measure reads the moments, and gives a probe that knows nothing to each training set
// without differences.
func (f *fitter) measure(ctx context.Context, methods []Method) error {
	need := false
	for _, m := range methods {
		need = need || m.Kind != CCS
	}
	if !need {
		return nil
	}
	want := grams(methods)
	if want == fit.OneGram && !f.opt.hessian(methods, len(f.trains), f.rows.Width()) {
		want = fit.NoGram // slower, and all the same
	}
	var err error
	if f.moments, err = fit.Measure(ctx, f.rows, want); err != nil {
		return err
	}
	for t, train := range f.trains {
		switch _, err := fit.MassMean(f.moments, train); {
		case err == nil:
			f.useful = append(f.useful, t)
		case !Blank(err):
			return err
		default:
			for i, m := range methods {
				if m.Kind != CCS {
					f.out[i][t] = f.nothing(train)
				}
			}
		}
	}
	return nil
}

// nothing is the probe that gives every row the same score.
func (f *fitter) nothing(train fit.Folds) *fit.Probe {
	return &fit.Probe{Weights: make([]float64, f.rows.Width()), Train: train, How: fit.Convergence{Converged: true}}
}

// logistic fits all logistic regressions of the space together.
func (f *fitter) logistic(ctx context.Context, methods []Method, scale bool) error {
	var problems []fit.Problem
	var to []**fit.Probe
	for i, m := range methods {
		if m.Kind != Logistic || m.Scale != scale {
			continue
		}
		for _, t := range f.useful {
			problems, to = append(problems, fit.Problem{Train: f.trains[t], C: m.C}), append(to, &f.out[i][t])
		}
	}
	if problems == nil {
		return nil
	}
	opt := f.opt.Logistic
	opt.Raw = !scale
	probes, err := fit.Logistic(ctx, f.rows, f.moments, problems, opt)
	for i, p := range probes {
		*to[i] = p
	}
	return err
}

// method fits any other method to all training sets.
func (f *fitter) method(ctx context.Context, m Method, out []*fit.Probe) error {
	trains := pick(f.trains, f.useful)
	var probes []*fit.Probe
	var err error
	switch m.Kind {
	case CCS:
		return f.ccs(ctx, out)
	case LDA:
		if len(trains) > 0 {
			probes, err = fit.LDA(ctx, f.rows, f.moments, trains, fit.Shrinkage{Given: m.Shrinkage, Raw: !m.Scale})
		}
	default:
		for _, train := range trains {
			var p *fit.Probe
			switch m.Kind {
			case Mean:
				p, err = fit.MassMean(f.moments, train)
			case MeanCovariance:
				p, err = fit.MassMeanCovariance(f.moments, train, fit.PseudoInverse)
			case Components:
				p, err = fit.Components(ctx, f.moments, train, m.K, m.Scale)
			}
			if Blank(err) { // within the components
				p, err = f.nothing(train), nil
			}
			if err != nil {
				break
			}
			probes = append(probes, p)
		}
	}
	if err != nil {
		return err
	}
	for i, p := range probes {
		out[f.useful[i]] = p
	}
	return nil
}

// ccs fits contrast-consistent search to all training sets together.
func (f *fitter) ccs(ctx context.Context, out []*fit.Probe) error {
	probes, err := fit.CCS(ctx, f.rows, f.trains, f.opt.CCS)
	if err == nil {
		copy(out, probes)
		return nil
	}
	if !Blank(err) {
		return err
	}
	for t, train := range f.trains { // which of them is it?
		probes, err := fit.CCS(ctx, f.rows, []fit.Folds{train}, f.opt.CCS)
		switch {
		case Blank(err):
			out[t] = f.nothing(train)
		case err != nil:
			return err
		default:
			out[t] = probes[0]
		}
	}
	return nil
}
