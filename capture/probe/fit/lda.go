package fit

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/covariance"
	"intentprobe/capture/hint"
)

// Shrinkage says how a covariance is shrunk.
type Shrinkage struct {
	Given *float64 // 0 to 1; nil: by Ledoit and Wolf (2004), and 1e-6 at least
	Raw   bool     // the columns are not standardised before
}

func (s Shrinkage) check() error {
	if s.Given != nil && !(*s.Given >= 0 && *s.Given <= 1) {
		return hint.Usage(fmt.Errorf("a shrinkage of %v", *s.Given), "use 0 to 1")
	}
	return nil
}

// leastShrinkage is that by Ledoit and Wolf at least. Of rows that are two points, whose
// products are all the same, it would be 0, and a covariance of rank 1 has no inverse.
const leastShrinkage = 1e-6

func ledoitWolf(active int, n, trace, squares, fourth float64) float64 {
	return max(leastShrinkage, covariance.LedoitWolfOf(active, n, trace, squares, fourth))
}

// LDA is Fisher's linear discriminant w = S⁻¹δ, whose scores are the log-odds of Gaussian
// classes that are as frequent as each other (Fisher 1936; Hastie, Tibshirani, Friedman,
// section 4.3). Columns are standardised by all training rows, and S is the covariance
// within the classes, over n, shrunk towards the mean variance of all rows:
// S = (1-s)·S_w + s·μI, μ = tr(S_t)/d, which is 1 where columns are standardised. s and μ do
// not depend on the labels, so that permutations of labels keep them (see [Samples.LDA]).
// scikit-learn's LinearDiscriminantAnalysis has μ_w = tr(S_w)/d instead of μ: its shrinkage
// s' gives the same direction where s/(1-s)·μ = s'/(1-s')·μ_w.
//
// There is a probe for each training set. Ledoit and Wolf's s costs one more pass over the
// rows. Memory: 16·width² bytes.
func LDA(ctx context.Context, rows Rows, m *Moments, trains []Folds, shrinkage Shrinkage) ([]*Probe, error) {
	if err := m.needGram(); err != nil {
		return nil, err
	}
	if err := shrinkage.check(); err != nil {
		return nil, err
	}
	sets := make([]*set, len(trains))
	scales := make([][]float64, len(trains))
	for i, train := range trains {
		var err error
		if sets[i], err = m.of(train); err != nil {
			return nil, err
		}
		if err := sets[i].differs(); err != nil {
			return nil, err
		}
		scales[i] = sets[i].scales(!shrinkage.Raw)
	}
	fourth := make([]float64, len(trains))
	if shrinkage.Given == nil {
		if err := fourths(ctx, rows, sets, scales, fourth); err != nil {
			return nil, err
		}
	}
	out := make([]*Probe, len(trains))
	for i, s := range sets {
		total := m.scatter(s, false)
		rescale(total, scales[i], s.all)
		active, mu := 0, 0.0
		for j, by := range scales[i] {
			if by > 0 {
				active++
				mu += total.Data[j*m.width+j]
			}
		}
		mu /= float64(active)
		by := 0.0
		if shrinkage.Given != nil {
			by = *shrinkage.Given
		} else {
			squares := dot(total.Data, total.Data)
			by = ledoitWolf(active, s.all, mu*float64(active), squares, fourth[i])
		}
		delta := times(s.delta, scales[i])
		weights, err := discriminant(total, s, delta, by, mu)
		if err != nil {
			return nil, refuse(s.train, err)
		}
		out[i] = s.probe(times(weights, scales[i]))
		out[i].How.Shrinkage = by
	}
	return out, nil
}

// discriminant solves for the weights; the total covariance is written over.
func discriminant(total blas64.General, s *set, delta []float64, by, mu float64) ([]float64, error) {
	width := total.Rows
	c := s.n[0] * s.n[1] / (s.all * s.all)
	blas64.Ger(-c, vector(delta), vector(delta), total)
	covariance.ShrinkTo(total, by, mu)
	for j, sd := range s.sd {
		if sd == 0 { // its row and column are 0: the weight is, too
			total.Data[j*width+j] = mu
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(mat.NewSymDense(width, total.Data)) || factor.Cond() > covariance.MostCondition {
		return nil, ErrSingular
	}
	var solved mat.VecDense
	if err := factor.SolveVecTo(&solved, mat.NewVecDense(width, delta)); err != nil {
		return nil, ErrSingular
	}
	return solved.RawVector().Data, nil
}

// fourths sums the fourth powers of the norms of each set's rows, centred and scaled.
func fourths(ctx context.Context, rows Rows, sets []*set, scales [][]float64, out []float64) error {
	return each(ctx, rows, func(b *Block, _ int64) error {
		for i, fold := range b.Fold {
			if b.Y[i] < 0 {
				continue
			}
			x := b.Row(i)
			for k, s := range sets {
				if !s.train.Has(fold) {
					continue
				}
				square, by := 0.0, scales[k]
				for j, v := range x {
					z := (float64(v) - s.shift[j] - s.centre[j]) * by[j]
					square += z * z
				}
				out[k] += b.weight(i) * square * square
			}
		}
		return nil
	})
}
