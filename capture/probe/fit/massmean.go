package fit

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/covariance"
	"intentprobe/capture/hint"
)

// MassMean is the difference of the class means (Marks and Tegmark 2023, arXiv:2310.06824,
// section 5). They centre each data set on its mean and use no bias; the bias here puts 0 at
// the middle between the class means.
func MassMean(m *Moments, train Folds) (*Probe, error) {
	s, err := m.of(train)
	if err != nil {
		return nil, err
	}
	if err := s.differs(); err != nil {
		return nil, err
	}
	return s.probe(append([]float64(nil), s.delta...)), nil
}

// PseudoInverse is the eigenvalue, in squares of the rows' units, below which the code of
// Marks and Tegmark counts those of a covariance as 0.
const PseudoInverse = 1e-3

// MassMeanCovariance is Σ⁺δ: the difference of the class means times the pseudo-inverse of
// the covariance of the rows about the means of their classes, over n (Marks and Tegmark,
// section 5; for rows like those it is trained on). Eigenvalues up to atol are left out. Its
// time is that of an eigendecomposition, and its memory 24·width² bytes.
func MassMeanCovariance(m *Moments, train Folds, atol float64) (*Probe, error) {
	s, err := m.of(train)
	if err != nil {
		return nil, err
	}
	if err := s.differs(); err != nil {
		return nil, err
	}
	if err := m.needGram(); err != nil {
		return nil, err
	}
	within := m.scatter(s, true)
	blas64.Scal(1/s.all, vector(within.Data))
	weights, rank, err := solvePseudo(within, s.delta, func(float64) float64 { return atol })
	if err != nil {
		return nil, err
	}
	if rank == 0 || norm(weights) == 0 {
		return nil, refuse(train, ErrSingular)
	}
	return s.probe(weights), nil
}

// solvePseudo gives S⁺x and the rank that was used; least gives, of the largest eigenvalue,
// the one up to which others count as 0.
func solvePseudo(s blas64.General, x []float64, least func(largest float64) float64) (out []float64, rank int, err error) {
	n := s.Rows
	var eigen mat.EigenSym
	if !eigen.Factorize(mat.NewSymDense(n, s.Data), true) {
		return nil, 0, fmt.Errorf("fit: the eigenvalues of a covariance of width %d were not found", n)
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var along, solved mat.VecDense
	along.MulVec(vectors.T(), mat.NewVecDense(n, x))
	from := least(values[n-1])
	for i, v := range values {
		if v > from {
			along.SetVec(i, along.AtVec(i)/v)
			rank++
		} else {
			along.SetVec(i, 0)
		}
	}
	solved.MulVec(&vectors, &along)
	return solved.RawVector().Data, rank, nil
}

// Components is the difference of the class means within the first k principal components
// of the training rows about their mean: VₖVₖᵀδ (the k-component probes of Kumar 2026,
// arXiv:2605.27958). Where scale is set, components are those of the standardised rows.
func Components(ctx context.Context, m *Moments, train Folds, k int, scale bool) (*Probe, error) {
	s, err := m.of(train)
	if err != nil {
		return nil, err
	}
	if err := s.differs(); err != nil {
		return nil, err
	}
	if err := m.needGram(); err != nil {
		return nil, err
	}
	if k < 1 || k > m.width {
		return nil, hint.Usage(fmt.Errorf("%d components of rows of width %d", k, m.width), "ask for 1 or more, up to the width")
	}
	total := m.scatter(s, false)
	inverse := s.scales(scale)
	rescale(total, inverse, s.all)
	rows, _, err := covariance.Top(ctx, total, k)
	if err != nil {
		return nil, err
	}
	delta := times(s.delta, inverse)
	weights := make([]float64, m.width)
	for i := range k {
		v := rows[i*m.width : (i+1)*m.width]
		blas64.Axpy(dot(v, delta), vector(v), vector(weights))
	}
	if norm(weights) <= 1e-12*norm(delta) {
		return nil, refuse(train, ErrSame)
	}
	return s.probe(times(weights, inverse)), nil
}

// scales gives what each column is multiplied by: 1/sd, or 1; 0 where it is constant.
func (s *set) scales(standardise bool) []float64 {
	out := s.inverse()
	if !standardise {
		for j := range out {
			if out[j] > 0 {
				out[j] = 1
			}
		}
	}
	return out
}

// rescale makes a sum of squares of n rows the covariance of rows whose columns are
// multiplied by numbers.
func rescale(sum blas64.General, by []float64, n float64) {
	for i := range sum.Rows {
		row := sum.Data[i*sum.Cols : (i+1)*sum.Cols]
		for j := range row {
			row[j] *= by[i] * by[j] / n
		}
	}
}

// times gives the products of two vectors' numbers.
func times(x, y []float64) []float64 {
	out := make([]float64, len(x))
	for i := range out {
		out[i] = x[i] * y[i]
	}
	return out
}
