// Package covariance has what is done with sums of squares of rows before they are
// inverted: standardising, shrinking, and their first eigenvectors. Matrices are of
// float64, symmetric, [width, width].
package covariance

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// MostCondition is the largest condition number of a covariance that may be inverted.
const MostCondition = 1e12

// New gives a matrix of zeros, [width, width]: 8·width² bytes.
func New(width int) blas64.General {
	return blas64.General{Rows: width, Cols: width, Stride: width, Data: make([]float64, width*width)}
}

// Standardise makes a sum of squares of n vectors their correlations, and gives the
// standard deviations of the columns, 1 where a column does not vary. It is nil where none
// does.
func Standardise(sum blas64.General, n float64) []float64 {
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

// LedoitWolf gives the shrinkage for a covariance of n vectors whose means are 0; fourth is
// the sum of the fourth powers of their norms (Ledoit and Wolf 2004, "A well-conditioned
// estimator for large-dimensional covariance matrices").
func LedoitWolf(cov blas64.General, n, fourth float64) float64 {
	trace, squares := 0.0, 0.0
	for i := range cov.Rows {
		trace += cov.Data[i*cov.Cols+i]
	}
	for _, v := range cov.Data {
		squares += v * v
	}
	return LedoitWolfOf(cov.Rows, n, trace, squares, fourth)
}

// LedoitWolfOf is LedoitWolf where the matrix is known by its width, its trace and the sum of
// its squares.
func LedoitWolfOf(width int, n, trace, squares, fourth float64) float64 {
	p := float64(width)
	mu := trace / p
	delta := squares/p - mu*mu
	beta := min((fourth/n-squares)/(p*n), delta)
	if beta <= 0 {
		return 0
	}
	return beta / delta
}

// Shrink moves a covariance towards the mean of its diagonal: (1-s)·S + s·μI.
func Shrink(cov blas64.General, s float64) {
	mu := 0.0
	for i := range cov.Rows {
		mu += cov.Data[i*cov.Cols+i] / float64(cov.Rows)
	}
	ShrinkTo(cov, s, mu)
}

// ShrinkTo moves a covariance towards a multiple of the identity: (1-s)·S + s·mu·I.
func ShrinkTo(cov blas64.General, s, mu float64) {
	for i := range cov.Data {
		cov.Data[i] *= 1 - s
	}
	for i := range cov.Rows {
		cov.Data[i*cov.Cols+i] += s * mu
	}
}
