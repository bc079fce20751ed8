package vector

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/covariance"
	"intentprobe/capture/hint"
)

// principal gives the first principal components of class differences, orthonormal rows
// [rank, width], and the share of the differences' second moment that each has. The moment
// is not centred: its main part is the mean difference.
//
// Where samples have pairs, a difference is that of a pair: the mean of its positive items
// less that of its negative ones, as in Representation Engineering (arXiv:2310.01405),
// whose differences are of either order at random, so that their mean is 0. Samples
// without the other half are left out. Where no pair has both halves, they are those of
// all pairs of a positive and a negative item, which need not be gone through: their
// second moment is S⁺ + S⁻ + δδᵀ, S being the classes' covariances and δ the difference of
// their means.
//
// Memory: 8·width² bytes, and the items of pairs whose other half has not come.
func principal(ctx context.Context, s *source, point string, m *means, rank int) (rows []float64, explained []float64, pairs int, err error) {
	width := len(m.all)
	if rank > width {
		return nil, nil, 0, hint.Usage(fmt.Errorf("%d components of %s, whose width is %d", rank, point, width), "ask for fewer")
	}
	if err := fits(point, width); err != nil {
		return nil, nil, 0, err
	}
	gram, sum := newGram(width)
	open := pairsOf(s)
	if pairs = len(open); pairs > 0 {
		err = s.Each(ctx, point, func(x item) error {
			if x.Pair != nil && open[*x.Pair] != nil && open[*x.Pair].add(x) {
				gram.add(open[*x.Pair].difference())
				delete(open, *x.Pair)
			}
			return nil
		})
	} else {
		gram.add(m.difference())
		centred := make([]float64, width)
		err = s.Each(ctx, point, func(x item) error {
			by := 1 / math.Sqrt(float64(m.n[x.Class]))
			for i := range centred {
				centred[i] = (x.Values[i] - m.mean[x.Class][i]) * by
			}
			gram.add(centred)
			return nil
		})
	}
	if err != nil {
		return nil, nil, 0, err
	}
	gram.flush()
	trace := 0.0
	for i := range width {
		trace += sum.Data[i*width+i]
	}
	if trace == 0 {
		return nil, nil, 0, same(point, "both classes have")
	}
	rows, values, err := covariance.Top(ctx, sum, rank)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%s: %w", point, err)
	}
	for _, v := range values {
		explained = append(explained, v/trace)
	}
	for i := range rank { // towards the positive class
		if row := rows[i*width : (i+1)*width]; dot(row, m.difference()) < 0 {
			blas64.Scal(-1, blas64.Vector{N: width, Inc: 1, Data: row})
		}
	}
	return rows, explained, pairs, nil
}

// maxWidth is the widest point whose matrix of width² numbers is made: 2 GiB.
const maxWidth = 1 << 14

func fits(point string, width int) error {
	if width > maxWidth {
		return hint.Usage(fmt.Errorf("%s has the width %d; this method keeps a matrix of width² numbers, and takes widths up to %d", point, width, maxWidth), "use the difference of means")
	}
	return nil
}

// pair gathers the items of one pair.
type pair struct {
	left [2]int // samples of each class that have not ended
	sum  [2][]float64
	n    [2]float64
}

// pairsOf gives the pairs that have samples with rows of both classes. Items of samples
// count once their last row came, so without pooling the rows of each sample are expected.
func pairsOf(s *source) map[string]*pair {
	out := map[string]*pair{}
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.Pair == nil || x.None {
			continue
		}
		if out[*x.Pair] == nil {
			out[*x.Pair] = &pair{}
		}
		out[*x.Pair].left[x.Class] += s.Items(x)
	}
	for name, p := range out {
		if p.left[positive] == 0 || p.left[negative] == 0 {
			delete(out, name)
		}
	}
	return out
}

// add takes an item, and says whether the pair is whole.
func (p *pair) add(x item) bool {
	if p.sum[x.Class] == nil {
		p.sum[x.Class] = make([]float64, len(x.Values))
	}
	for i, v := range x.Values {
		p.sum[x.Class][i] += v
	}
	p.n[x.Class]++
	p.left[x.Class]--
	return p.left == [2]int{}
}

func (p *pair) difference() []float64 {
	out := p.sum[positive]
	for i := range out {
		out[i] = out[i]/p.n[positive] - p.sum[negative][i]/p.n[negative]
	}
	return out
}
