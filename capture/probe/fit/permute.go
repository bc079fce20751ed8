package fit

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/covariance"
)

// MassMean scores the samples of the test folds by [MassMean] on the training folds, for
// each of many lists of labels, 0 or 1, [lists][samples].
func (s *Samples) MassMean(train, test Folds, labels [][]int8) (*Permuted, error) {
	p, err := s.products(train, test, true)
	if err != nil {
		return nil, err
	}
	return p.permute(labels)
}

// LDA is the same by [LDA]. Within the classes Fisher's direction is that of all rows, but
// for its length: with B = (1-s)·S_t + s·μI and c = n₀n₁/n², w = B⁻¹δ / (1 - (1-s)·c·δᵀB⁻¹δ),
// and B does not depend on the labels. B⁻¹ is applied through the products of the rows, so
// that there must be some shrinkage.
func (s *Samples) LDA(train, test Folds, labels [][]int8, shrinkage Shrinkage) (*Permuted, error) {
	if err := shrinkage.check(); err != nil {
		return nil, err
	}
	p, err := s.products(train, test, shrinkage.Raw)
	if err != nil {
		return nil, err
	}
	if err := p.invert(shrinkage.Given); err != nil {
		return nil, refuse(train, err)
	}
	return p.permute(labels)
}

// products are the inner products of a split's rows, centred and scaled by the training
// rows; these are times the roots of their weights.
type products struct {
	from, to []int           // training and test samples
	train    blas64.General  // [training rows, the same]
	test     blas64.General  // [test rows, training rows]
	root     []float64       // of the weights of the training rows
	all      float64         // these weights' sum
	active   int             // columns that are not constant
	inverse  *blas64.General // of LDA: (1-s)/n·train + s·μI, inverted
	s, mu    float64
}

// products multiplies the rows of a split.
func (s *Samples) products(train, test Folds, raw bool) (*products, error) {
	p := &products{from: s.split(train), to: s.split(test)}
	if len(p.from) == 0 {
		return nil, refuse(train, ErrOneClass)
	}
	centre, scale, all := s.totals(p.from, raw)
	if norm(scale) == 0 {
		return nil, refuse(train, ErrConstant)
	}
	p.all = all
	for _, by := range scale {
		if by > 0 {
			p.active++
		}
	}
	x := s.side(p.from, centre, scale)
	for i, at := range p.from {
		p.root = append(p.root, math.Sqrt(s.weight[at]))
		blas64.Scal(p.root[i], vector(x.Data[i*s.width:(i+1)*s.width]))
	}
	n := len(p.from)
	p.train = covariance.New(n)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, x, 0, p.train)
	p.test = general(len(p.to), n, make([]float64, len(p.to)*n))
	if len(p.to) > 0 {
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, s.side(p.to, centre, scale), x, 0, p.test)
	}
	return p, nil
}

// invert makes the inverse of LDA.
func (p *products) invert(given *float64) error {
	n := p.train.Rows
	trace, fourth := 0.0, 0.0
	for i := range n {
		square := p.train.Data[i*n+i]
		trace += square / p.all
		fourth += square / p.root[i] * square / p.root[i]
	}
	p.mu = trace / float64(p.active)
	if given != nil {
		p.s = *given
	} else {
		squares := dot(p.train.Data, p.train.Data) / (p.all * p.all)
		p.s = covariance.LedoitWolfOf(p.active, p.all, trace, squares, fourth)
	}
	sum := covariance.New(n)
	copy(sum.Data, p.train.Data)
	blas64.Scal(1/p.all, vector(sum.Data))
	covariance.ShrinkTo(sum, p.s, p.mu)
	var factor mat.Cholesky
	if !factor.Factorize(mat.NewSymDense(n, sum.Data)) || factor.Cond() > covariance.MostCondition {
		return ErrSingular
	}
	var inverse mat.SymDense
	if err := factor.InverseTo(&inverse); err != nil {
		return ErrSingular
	}
	for i := range n {
		for j := range n {
			sum.Data[i*n+j] = inverse.At(i, j)
		}
	}
	p.inverse = &sum
	return nil
}

// mostLists is how many lists of labels are multiplied at once.
const mostLists = 256

func (p *products) permute(labels [][]int8) (*Permuted, error) {
	out := &Permuted{Samples: p.to, Scores: make([][]float64, len(labels))}
	for k, list := range labels {
		for _, at := range p.from {
			if at >= len(list) || list[at] < 0 || list[at] > 1 {
				return nil, fmt.Errorf("fit: list %d has no label 0 or 1 of sample %d", k, at)
			}
		}
	}
	for start := 0; start < len(labels); start += mostLists {
		end := min(start+mostLists, len(labels))
		p.scores(labels[start:end], out.Scores[start:end])
	}
	return out, nil
}

// scores fills in the scores of some lists of labels.
func (p *products) scores(labels [][]int8, out [][]float64) {
	n, m, lists := len(p.from), len(p.to), len(labels)
	delta := general(n, lists, make([]float64, n*lists)) // δ = xᵀ·delta
	counts := make([][2]float64, lists)
	for k, list := range labels {
		for i, at := range p.from {
			counts[k][list[at]] += p.root[i] * p.root[i]
		}
		for i, at := range p.from {
			if by := p.root[i] / counts[k][list[at]]; list[at] == 1 {
				delta.Data[i*lists+k] = by
			} else {
				delta.Data[i*lists+k] = -by
			}
		}
	}
	w := delta // the weights are xᵀ·w
	if p.inverse != nil {
		w = general(n, lists, make([]float64, n*lists))
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, *p.inverse, delta, 0, w)
	}
	along := p.along(delta, w) // δᵀ·weights
	scores := general(m, lists, make([]float64, m*lists))
	if m > 0 {
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, p.test, w, 0, scores)
	}
	for k := range labels {
		n0, n1 := counts[k][0], counts[k][1]
		if n0 == 0 || n1 == 0 {
			continue
		}
		length := 1.0
		if p.inverse != nil {
			length = 1 / (1 - (1-p.s)*n0*n1/(p.all*p.all)*along[k])
		}
		middle := (n0 - n1) / (2 * p.all) * along[k] // of the class means, along the weights
		out[k] = make([]float64, m)
		for i := range out[k] {
			out[k][i] = length * (scores.Data[i*lists+k] - middle)
		}
	}
}

// along gives deltaᵀ·train·w of each list. With the inverse train·w follows from
// (1-s)/n·train·w + s·μ·w = delta, unless s is so large that this loses digits.
func (p *products) along(delta, w blas64.General) []float64 {
	n, lists := delta.Rows, delta.Cols
	product, of, by := w, 0.0, 0.0 // train·w = of·delta + by·product
	if p.inverse != nil && p.s < 0.9 {
		of, by = p.all/(1-p.s), -p.all/(1-p.s)*p.s*p.mu
	} else {
		by, product = 1, general(n, lists, make([]float64, n*lists))
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, p.train, w, 0, product)
	}
	out := make([]float64, lists)
	for i := range n {
		d, q := delta.Data[i*lists:(i+1)*lists], product.Data[i*lists:(i+1)*lists]
		for k := range out {
			out[k] += d[k] * (of*d[k] + by*q[k])
		}
	}
	return out
}
