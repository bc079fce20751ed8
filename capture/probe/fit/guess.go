package fit

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/matrix"
)

// guess is a first guess of the inverse Hessian of a regression.
type guess struct {
	inverse  *blas64.General // of the weights; nil: only the diagonal is known
	diagonal []float64       // of the Hessian
	bias     float64         // what that of the bias is multiplied by
}

// guess gives the inverse of C·n/4·R + I, R being the covariance of the scaled rows of all
// training sets; the last number is the bias.
func (m *Moments) guess(union Folds, c, n float64, opt LogisticOptions) (*guess, error) {
	s, err := m.of(union)
	if err != nil {
		return nil, err
	}
	k := c * n / 4
	by := s.scales(!opt.Raw)
	h := &guess{diagonal: make([]float64, m.width), bias: 1 / k}
	for j := range h.diagonal {
		h.diagonal[j] = 1 + k*s.sd[j]*s.sd[j]*by[j]*by[j]
	}
	if opt.NoBias {
		h.bias = 0
	}
	if m.grams == NoGram {
		return h, nil
	}
	total := m.scatter(s, false)
	rescale(total, by, s.all/k)
	for j := range m.width {
		total.Data[j*m.width+j]++
	}
	var factor mat.Cholesky
	if !factor.Factorize(mat.NewSymDense(m.width, total.Data)) {
		return h, nil
	}
	var inverse mat.SymDense
	// The matrix is well conditioned enough for a guess whatever this says.
	_ = factor.InverseTo(&inverse)
	for i := range m.width {
		for j := range m.width {
			total.Data[i*m.width+j] = inverse.At(i, j)
		}
	}
	h.inverse = &total
	return h, nil
}

// times gives the products with some gradients, [gradients, width+1].
func (h *guess) times(g blas64.General) blas64.General {
	width := len(h.diagonal)
	out := general(g.Rows, g.Cols, make([]float64, g.Rows*g.Cols))
	if h.inverse != nil {
		from, to := g, out
		from.Cols, to.Cols = width, width
		matrix.Gemm(blas.NoTrans, blas.NoTrans, 1, from, *h.inverse, 0, to)
	}
	for i := range g.Rows {
		x, y := g.Data[i*g.Stride:][:width+1], out.Data[i*out.Stride:][:width+1]
		for j, d := range h.diagonal {
			if h.inverse == nil {
				y[j] = x[j] / d
			}
		}
		y[width] = x[width] * h.bias
	}
	return out
}
