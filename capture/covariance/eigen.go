package covariance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/hint"
)

// What a subspace iteration is allowed.
const (
	oversampling  = 8
	mostRounds    = 2000
	eigenAccuracy = 1e-9 // of |Av - λv|, as a share of the largest λ
)

// Top gives the first eigenvectors of a symmetric matrix, rows [k, width] in order of
// their eigenvalues, by subspace iteration with Rayleigh-Ritz (Halko, Martinsson, Tropp
// 2011, algorithm 4.4, until it has converged).
func Top(ctx context.Context, a blas64.General, k int) (rows, values []float64, err error) {
	width := a.Rows
	b := min(width, k+oversampling)
	matrix := mat.NewDense(width, width, a.Data)
	random := rand.New(rand.NewPCG(1, 1))
	start := make([]float64, width*b)
	for i := range start {
		start[i] = random.NormFloat64()
	}
	basis := mat.NewDense(width, b, start)
	var image, q, ritz mat.Dense
	for range mostRounds {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		var qr mat.QR
		qr.Factorize(basis)
		qr.QTo(&q)
		thin := q.Slice(0, width, 0, b)
		image.Mul(matrix, thin)
		var small mat.Dense
		small.Mul(thin.T(), &image)
		sym := mat.NewSymDense(b, nil)
		for i := range b {
			for j := i; j < b; j++ {
				sym.SetSym(i, j, (small.At(i, j)+small.At(j, i))/2)
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(sym, true) {
			return nil, nil, errors.New("the eigenvalues cannot be found")
		}
		var turn mat.Dense
		eigen.VectorsTo(&turn)
		ritz.Mul(thin, &turn)
		basis.Mul(&image, &turn) // A·ritz
		rows, values = rows[:0], values[:0]
		lambda := eigen.Values(nil) // in ascending order
		worst := 0.0
		for i := range k {
			column := b - 1 - i
			v := mat.Col(nil, column, &ritz)
			rest := mat.Col(nil, column, basis)
			blas64.Axpy(-lambda[column], blas64.Vector{N: width, Inc: 1, Data: v}, blas64.Vector{N: width, Inc: 1, Data: rest})
			worst = max(worst, blas64.Nrm2(blas64.Vector{N: width, Inc: 1, Data: rest})/lambda[b-1])
			rows, values = append(rows, v...), append(values, lambda[column])
		}
		if worst < eigenAccuracy {
			return rows, values, nil
		}
	}
	return nil, nil, hint.With(fmt.Errorf("the first %d principal components are not apart from the next", k), "ask for more or fewer components")
}
