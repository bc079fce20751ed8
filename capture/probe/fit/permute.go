package fit

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/matrix"
)

// Permuted gives the scores of a split's samples for any labels of its training samples, by a
// probe that is fitted to them: they are linear in δ, which has 1/n₁ of each positive training
// sample and -1/n₀ of each negative one (times their weights), up to a positive factor and a
// shift, which [Permuted.Scores] takes out.
type Permuted struct {
	Train, Test []int           // places in Samples
	left        blas64.General  // [test samples and training samples, m]
	right       *blas64.General // [training samples, m]: scores are left·rightᵀ·δ; nil: left·δ
	root        []float64       // of the training samples' weights, which left or right have once
	least       float64         // below this a standard deviation of scores is rounding
}

// mostPairs is up to how many samples the products of all pairs of them are kept: 128 MiB.
const mostPairs = 4096

// MassMean is for probes by the function of that name: by the products of all pairs of
// samples, which all splits share, where there are not many more of them than columns.
func (s *Samples) MassMean(train, test Folds) (*Permuted, error) {
	p, centre, _, err := s.permuted(train, test, true)
	if err != nil {
		return nil, err
	}
	both := append(append([]int(nil), p.Test...), p.Train...)
	if n := len(p.Train); len(s.Y) <= min(2*s.width, mostPairs) {
		gram := s.products()
		p.left = general(len(both), n, make([]float64, len(both)*n))
		for i, at := range both {
			for j, from := range p.Train {
				p.left.Data[i*n+j] = p.root[j] * gram.Data[at*len(s.Y)+from]
			}
		}
		return p, nil
	}
	ones := make([]float64, s.width)
	for j := range ones {
		ones[j] = 1
	}
	p.left = s.side(both, centre, ones)
	p.right = p.trained(general(len(p.Train), s.width, append([]float64(nil), p.left.Data[len(p.Test)*s.width:]...)))
	return p, nil
}

// permuted starts a split, and gives the mean and the scales of its training rows.
func (s *Samples) permuted(train, test Folds, raw bool) (p *Permuted, centre, scale []float64, err error) {
	p = &Permuted{Train: s.split(train), Test: s.split(test)}
	if len(p.Train) == 0 {
		return nil, nil, nil, refuse(train, ErrOneClass)
	}
	centre, scale, all := s.totals(p.Train, raw)
	if norm(scale) == 0 {
		return nil, nil, nil, refuse(train, ErrConstant)
	}
	for _, at := range p.Train {
		p.root = append(p.root, math.Sqrt(s.weight[at]))
		square := 0.0
		for j, v := range s.x[at*s.width : (at+1)*s.width] {
			z := (v - centre[j]) * scale[j]
			square += z * z
		}
		p.least += 1e-12 * s.weight[at] / all * square
	}
	return p, centre, scale, nil
}

// trained multiplies the rows of training samples by the roots of their weights, in place.
func (p *Permuted) trained(x blas64.General) *blas64.General {
	for i, root := range p.root {
		blas64.Scal(root, vector(x.Data[i*x.Cols:(i+1)*x.Cols]))
	}
	return &x
}

// Scores gives the test samples' scores for some lists of labels, 0 or 1 of every sample:
// [lists, test samples]. standard ones are less the mean of the training samples' scores, each
// counting one, and over their standard deviation; others have a scale and a zero of their
// own in each list, which is enough to rank the samples of one. They are all 0 where the
// training samples have one class, or classes that do not differ. Memory: 8 bytes for each
// list and sample.
func (p *Permuted) Scores(labels [][]int8, standard bool) ([]float64, error) {
	n, m := len(p.Train), len(p.Test)
	delta := general(len(labels), n, make([]float64, len(labels)*n))
	for k, list := range labels {
		var count [2]float64
		for i, at := range p.Train {
			if at >= len(list) || list[at] < 0 || list[at] > 1 {
				return nil, fmt.Errorf("fit: list %d has no label 0 or 1 of sample %d", k, at)
			}
			count[list[at]] += p.root[i] * p.root[i]
		}
		if count[0] == 0 || count[1] == 0 {
			continue
		}
		to := delta.Data[k*n : (k+1)*n]
		for i, at := range p.Train {
			if to[i] = p.root[i] / count[list[at]]; list[at] == 0 {
				to[i] = -to[i]
			}
		}
	}
	if p.right != nil {
		weights := general(len(labels), p.right.Cols, make([]float64, len(labels)*p.right.Cols))
		matrix.Gemm(blas.NoTrans, blas.NoTrans, 1, delta, *p.right, 0, weights)
		delta = weights
	}
	left := p.left
	if left.Rows = m; standard {
		left.Rows = m + n
	}
	scores := general(len(labels), left.Rows, make([]float64, len(labels)*left.Rows))
	if left.Rows > 0 && len(labels) > 0 {
		matrix.Gemm(blas.NoTrans, blas.Trans, 1, delta, left, 0, scores)
	}
	if !standard {
		return scores.Data, nil
	}
	out := make([]float64, len(labels)*m)
	for k := range labels {
		row := scores.Data[k*left.Rows : (k+1)*left.Rows]
		p.standardise(out[k*m:(k+1)*m], row[:m], row[m:])
	}
	return out, nil
}

// standardise does so by the training samples' scores.
func (p *Permuted) standardise(out, test, train []float64) {
	n, mean, squares := float64(len(train)), 0.0, 0.0
	for _, s := range train {
		mean += s / n
	}
	for _, s := range train {
		squares += (s - mean) * (s - mean)
	}
	sd := math.Sqrt(squares / n)
	if sd <= p.least {
		return
	}
	for i, s := range test {
		out[i] = (s - mean) / sd
	}
}
