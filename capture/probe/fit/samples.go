package fit

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/hint"
	"intentprobe/capture/matrix"
)

// Samples are rows in memory, with which the probes of many permutations of the labels cost
// little more than those of one. Rows of no fold, or without a label, are left out.
type Samples struct {
	Row    []int64 // of each sample: the number of its first row in the order of reading
	Y      []int8
	Fold   []int8
	x      []float64 // [samples, width], less the mean of the first block
	shift  []float64
	weight []float64
	width  int
	gram   *blas64.General // products of all pairs of samples; made when it is needed
}

// MostSamples is the memory that samples may take, in bytes.
const MostSamples = 1 << 30

// Gather reads rows into memory: 8·width bytes each. sample says of each row in the order of
// reading which sample it belongs to (nil: each is one): rows of a sample are taken together
// as their weighted mean, with the sum of their weights. Their labels and folds must agree.
func Gather(ctx context.Context, rows Rows, sample []int32) (*Samples, error) {
	s := &Samples{width: rows.Width()}
	places := map[int32]int{}
	err := each(ctx, rows, func(b *Block, first int64) error {
		if err := b.check(s.width, first); err != nil {
			return err
		}
		for i, fold := range b.Fold {
			w := b.weight(i)
			if fold < 0 || b.Y[i] < 0 || w == 0 {
				continue
			}
			if s.shift == nil {
				s.shift = b.mean(s.width)
			}
			row := first + int64(i)
			if sample != nil && row >= int64(len(sample)) {
				return fmt.Errorf("fit: samples of %d rows, and there are more", len(sample))
			}
			at, there := len(s.Y), false
			if sample != nil {
				at, there = place(places, sample[row], at)
			}
			if !there {
				if 8*int64(len(s.x)+s.width) > MostSamples {
					return hint.Usage(fmt.Errorf("more than %d samples of width %d take more than %d MiB", len(s.Y), s.width, MostSamples>>20), "permute fewer samples, or of less wide rows")
				}
				s.x = append(s.x, make([]float64, s.width)...)
				s.Row, s.Y, s.Fold = append(s.Row, row), append(s.Y, b.Y[i]), append(s.Fold, fold)
				s.weight = append(s.weight, 0)
			}
			if s.Y[at] != b.Y[i] || s.Fold[at] != fold {
				return fmt.Errorf("fit: row %d has another label or fold than the rows of its sample before it", row)
			}
			s.weight[at] += w
			to := s.x[at*s.width : (at+1)*s.width]
			for j, v := range b.Row(i) { // the mean so far moves to the row by its share
				to[j] += w / s.weight[at] * (float64(v) - s.shift[j] - to[j])
			}
		}
		return nil
	})
	return s, err
}

// place gives the place of a sample, which is next where it has none.
func place(places map[int32]int, sample int32, next int) (at int, there bool) {
	if at, there = places[sample]; there {
		return at, true
	}
	places[sample] = next
	return next, false
}

// split gives the samples of folds.
func (s *Samples) split(folds Folds) (at []int) {
	for i, fold := range s.Fold {
		if folds.Has(fold) {
			at = append(at, i)
		}
	}
	return at
}

// side gives the rows at places, less a centre and times a scale.
func (s *Samples) side(at []int, centre, scale []float64) blas64.General {
	out := general(len(at), s.width, make([]float64, len(at)*s.width))
	for i, from := range at {
		x := s.x[from*s.width : (from+1)*s.width]
		to := out.Data[i*s.width : (i+1)*s.width]
		for j := range to {
			to[j] = (x[j] - centre[j]) * scale[j]
		}
	}
	return out
}

// totals gives the mean of training rows, their weights, and 1/sd or 1 (0 where constant).
func (s *Samples) totals(at []int, raw bool) (centre, scale []float64, all float64) {
	centre, square := make([]float64, s.width), make([]float64, s.width)
	for _, i := range at {
		w := s.weight[i]
		all += w
		for j, v := range s.x[i*s.width : (i+1)*s.width] {
			centre[j] += w * v
			square[j] += w * v * v
		}
	}
	one := &set{sd: make([]float64, s.width)}
	for j := range centre {
		centre[j] /= all
		one.sd[j] = spread(square[j]/all, centre[j], s.shift[j])
	}
	return centre, one.scales(!raw), all
}

// products gives the inner products of all pairs of samples: 8·samples² bytes.
func (s *Samples) products() *blas64.General {
	if s.gram == nil {
		n := len(s.Y)
		x, gram := general(n, s.width, s.x), general(n, n, make([]float64, n*n))
		matrix.Gemm(blas.NoTrans, blas.Trans, 1, x, x, 0, gram)
		s.gram = &gram
	}
	return s.gram
}
