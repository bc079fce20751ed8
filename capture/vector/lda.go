package vector

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

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
		return s.each(ctx, point, func(x item) error {
			for i := range centred {
				centred[i] = x.values[i] - m.mean[x.class][i]
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
	scale := standardise(cov, n)
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
		shrinkage = ledoitWolf(cov, n, fourth)
	}
	shrink(cov, shrinkage)
	var factor mat.Cholesky
	if !factor.Factorize(mat.NewSymDense(width, cov.Data)) || factor.Cond() > mostCondition {
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

// mostCondition is the largest condition number of a covariance that is inverted.
const mostCondition = 1e12

// standardise makes a sum of squares of n vectors their correlations, and gives the
// standard deviations of the columns, 1 where a column does not vary. It is nil where none
// does.
func standardise(sum blas64.General, n float64) []float64 {
	width := sum.Rows
	scale := make([]float64, width)
	varies := false
	for i := range scale {
		if scale[i] = math.Sqrt(sum.Data[i*width+i] / n); scale[i] == 0 {
			scale[i] = 1
		} else {
			varies = true
		}
	}
	if !varies {
		return nil
	}
	for i := range scale {
		for j := range scale {
			sum.Data[i*width+j] /= n * scale[i] * scale[j]
		}
	}
	return scale
}

// ledoitWolf gives the shrinkage for a covariance of n vectors whose means are 0; fourth is
// the sum of the fourth powers of their norms.
func ledoitWolf(cov blas64.General, n, fourth float64) float64 {
	p := float64(cov.Rows)
	mu, squares := 0.0, 0.0
	for i := range cov.Rows {
		mu += cov.Data[i*cov.Cols+i] / p
	}
	for _, v := range cov.Data {
		squares += v * v
	}
	delta := squares/p - mu*mu
	beta := min((fourth/n-squares)/(p*n), delta)
	if beta <= 0 {
		return 0
	}
	return beta / delta
}

// shrink moves a covariance towards the mean of its diagonal.
func shrink(cov blas64.General, s float64) {
	mu := 0.0
	for i := range cov.Rows {
		mu += cov.Data[i*cov.Cols+i] / float64(cov.Rows)
	}
	for i := range cov.Data {
		cov.Data[i] *= 1 - s
	}
	for i := range cov.Rows {
		cov.Data[i*cov.Cols+i] += s * mu
	}
}
