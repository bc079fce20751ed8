package vector

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/covariance"
	"intentprobe/capture/hint"
)

// discriminant gives Fisher's linear discriminant w = S⁻¹(μ⁺ - μ⁻), whose scores x·w + bias
// are the log-odds of the positive class for Gaussian classes that are as frequent as each
// other. S is the covariance of the items about the means of their classes, over n. It is
// shrunk: of the columns, each divided by its standard deviation, the covariance is
// (1-s)·S + s·μI, μ being the mean of its diagonal, as scikit-learn's
// LinearDiscriminantAnalysis does it. s is that of Ledoit and Wolf (2004, "A
// well-conditioned estimator for large-dimensional covariance matrices") unless it is given.
//
// Memory: 16·width² bytes.
func discriminant(ctx context.Context, s *source, point string, m *means, given *float64) (w []float64, bias, shrinkage float64, err error) {
	width := len(m.all)
	if err := fits(point, width); err != nil {
		return nil, 0, 0, err
	}
	gram, cov := newGram(width)
	centred := make([]float64, width)
	within := func(do func()) error {
		return s.Each(ctx, point, func(x item) error {
			for i := range centred {
				centred[i] = x.Values[i] - m.mean[x.Class][i]
			}
			do()
			return nil
		})
	}
	if err := within(func() { gram.add(centred) }); err != nil {
		return nil, 0, 0, err
	}
	gram.flush()
	n := float64(m.n[positive] + m.n[negative])
	scale := covariance.Standardise(cov, n)
	if scale == nil {
		return nil, 0, 0, same(point, "a class has")
	}
	if given != nil {
		shrinkage = *given
	} else {
		fourth := 0.0 // Σ|z|⁴ of the standardised z
		err := within(func() {
			square := 0.0
			for i, v := range centred {
				square += v / scale[i] * v / scale[i]
			}
			fourth += square * square
		})
		if err != nil {
			return nil, 0, 0, err
		}
		shrinkage = covariance.LedoitWolf(cov, n, fourth)
	}
	covariance.Shrink(cov, shrinkage)
	var factor mat.Cholesky
	if !factor.Factorize(mat.NewSymDense(width, cov.Data)) || factor.Cond() > covariance.MostCondition {
		return nil, 0, 0, hint.Usage(fmt.Errorf("%s: the covariance has no inverse", point), "use more samples, or a larger ", hint.Option("shrinkage"))
	}
	right := m.difference()
	for i := range right {
		right[i] /= scale[i]
	}
	var solved mat.VecDense
	if err := factor.SolveVecTo(&solved, mat.NewVecDense(width, right)); err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", point, err)
	}
	w = solved.RawVector().Data
	for i := range w {
		w[i] /= scale[i]
		bias -= w[i] * (m.mean[positive][i] + m.mean[negative][i]) / 2
	}
	return w, bias, shrinkage, nil
}
