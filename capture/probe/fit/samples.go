package fit

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/hint"
)

// Samples are rows in memory, few enough for the products of all pairs of them, with which
// the probes of many permutations of the labels cost little more than those of one. Rows of
// no fold, or without a label, are left out.
type Samples struct {
	Row    []int64 // of each sample: its number in the order of reading
	Y      []int8
	Fold   []int8
	x      []float64 // [samples, width], less the mean of the first block
	shift  []float64
	weight []float64
	width  int
}

// MostSamples is how many rows are taken: their products are 512 MiB.
const MostSamples = 8192

// Gather reads rows into memory: 8·width bytes each. More than MostSamples are refused.
func Gather(ctx context.Context, rows Rows) (*Samples, error) {
	s := &Samples{width: rows.Width()}
	err := each(ctx, rows, func(b *Block, first int64) error {
		if err := b.check(s.width, first); err != nil {
			return err
		}
		for i, fold := range b.Fold {
			if fold < 0 || b.Y[i] < 0 || b.weight(i) == 0 {
				continue
			}
			if s.shift == nil {
				s.shift = b.mean(s.width)
			}
			if len(s.Y) == MostSamples {
				return hint.Usage(fmt.Errorf("more than %d rows for permutations by products of rows", MostSamples), "use one row a sample")
			}
			for j, v := range b.Row(i) {
				s.x = append(s.x, float64(v)-s.shift[j])
			}
			s.Row, s.Y, s.Fold = append(s.Row, first+int64(i)), append(s.Y, b.Y[i]), append(s.Fold, fold)
			s.weight = append(s.weight, b.weight(i))
		}
		return nil
	})
	return s, err
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

// Permuted is what many lists of labels gave.
type Permuted struct {
	Samples []int       // of the test folds: places in Samples
	Scores  [][]float64 // [lists][samples]; nil where the training rows have labels of one class
}
