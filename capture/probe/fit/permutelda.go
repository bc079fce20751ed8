package fit

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/covariance"
	"intentprobe/capture/matrix"
)

// LDA is for probes by [LDA]. Within the classes Fisher's direction is that of all rows, but
// for its length (Sherman and Morrison): w ∝ B⁻¹δ with B = (1-s)·S_t + s·μI, which does not
// depend on the labels. Of fewer training rows than columns B is taken in the space of their
// products.
func (s *Samples) LDA(train, test Folds, shrinkage Shrinkage) (*Permuted, error) {
	if err := shrinkage.check(); err != nil {
		return nil, err
	}
	p, centre, scale, err := s.permuted(train, test, shrinkage.Raw)
	if err != nil {
		return nil, err
	}
	x := s.side(append(append([]int(nil), p.Test...), p.Train...), centre, scale)
	rooted := p.trained(general(len(p.Train), s.width, append([]float64(nil), x.Data[len(p.Test)*s.width:]...)))
	active := 0
	for _, by := range scale {
		if by > 0 {
			active++
		}
	}
	n := len(p.Train)
	if n > s.width {
		b := covariance.New(s.width)
		matrix.Gemm(blas.Trans, blas.NoTrans, 1, *rooted, *rooted, 0, b)
		if p.left, err = p.solve(b, *rooted, active, shrinkage.Given, x); err == nil {
			p.right = rooted
		}
	} else {
		b, products := covariance.New(n), general(x.Rows, n, make([]float64, x.Rows*n))
		matrix.Gemm(blas.NoTrans, blas.Trans, 1, x, *rooted, 0, products)
		for i := range n {
			blas64.Axpy(p.root[i], vector(products.Data[(len(p.Test)+i)*n:(len(p.Test)+i+1)*n]), vector(b.Data[i*n:(i+1)*n]))
		}
		p.left, err = p.solve(b, *rooted, active, shrinkage.Given, products)
	}
	if err != nil {
		return nil, refuse(train, err)
	}
	return p, nil
}

// solve gives x·B⁻¹, where B is made of a sum of squares, xxᵀ or xᵀx of the training rows,
// which is written over.
func (p *Permuted) solve(sum, rooted blas64.General, active int, given *float64, x blas64.General) (blas64.General, error) {
	all, trace, fourth := 0.0, 0.0, 0.0
	for i, root := range p.root {
		row := rooted.Data[i*rooted.Cols : (i+1)*rooted.Cols]
		square := dot(row, row)
		all += root * root
		trace += square
		fourth += square / root * square / root
	}
	blas64.Scal(1/all, vector(sum.Data))
	trace /= all
	mu := trace / float64(active)
	var by float64
	if given != nil {
		by = *given
	} else {
		by = ledoitWolf(active, all, trace, dot(sum.Data, sum.Data), fourth)
	}
	covariance.ShrinkTo(sum, by, mu)
	for i := range sum.Rows {
		if sum.Data[i*sum.Cols+i] == 0 { // of a constant column
			sum.Data[i*sum.Cols+i] = mu
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(mat.NewSymDense(sum.Rows, sum.Data)) || factor.Cond() > covariance.MostCondition {
		return x, ErrSingular
	}
	var solved mat.Dense // [n, rows]
	if err := factor.SolveTo(&solved, mat.NewDense(x.Rows, x.Cols, x.Data).T()); err != nil {
		return x, ErrSingular
	}
	out := general(x.Rows, x.Cols, make([]float64, x.Rows*x.Cols))
	raw := solved.RawMatrix()
	for i := range x.Rows {
		for j := range x.Cols {
			out.Data[i*x.Cols+j] = raw.Data[j*raw.Stride+i]
		}
	}
	p.least = 1e-12 * p.least / max(mu, 1e-300)
	return out, nil
}
