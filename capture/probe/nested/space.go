package nested

import (
	"context"
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
)

// Space is a set of rows that a probe can be fitted in: a point under a token rule, or the
// features of a baseline. Rows of different spaces are read at the same time, those of one
// space never are.
type Space struct {
	Name   string
	Rows   fit.Rows       // only X counts: Y, Fold and Weight of each block are set from Cases, and Side from Side
	Sample []int32        // of each row in the order of reading, its sample (index into Cases); nil: row i is sample i
	Pool   metric.Pooling // how the scores of a sample's rows become the sample's; not used with Sample nil
	Side   []int8         // of each row, for CCS: 0 of a statement, 1 of its negation, which is the next row of the same block; nil where there are no pairs
}

// closed says whether products of samples give the very scores of a method.
func (s *Space) closed(m Method) bool {
	switch m.Kind {
	case Mean:
		return s.Sample == nil || s.Pool.Kind == metric.PoolMean
	case LDA:
		return s.Sample == nil
	}
	return false
}

// Over gives the rows of a space with the classes and cells of their samples, for what is
// fitted beside probes (erasers). Rows of one sample count one in their number.
func (s *Space) Over(c Cases) (fit.Rows, error) { return s.over(c) }

// sampled are the rows of a space with the classes and cells of their samples.
type sampled struct {
	*Space
	y, cell []int8
	count   []int32   // rows of each sample; nil: one each
	weight  []float32 // 1/count
}

// over sets the samples of a space.
func (s *Space) over(c Cases) (*sampled, error) {
	r := &sampled{Space: s, cell: c.Cell, y: make([]int8, len(c.Cell))}
	for i, p := range c.Positive {
		if p {
			r.y[i] = 1
		}
	}
	if s.Sample == nil {
		if s.Side != nil && len(s.Side) != len(c.Cell) {
			return nil, fmt.Errorf("nested: %s: %d sides of %d rows", s.Name, len(s.Side), len(c.Cell))
		}
		return r, nil
	}
	if err := s.Pool.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	if s.Side != nil && len(s.Side) != len(s.Sample) {
		return nil, fmt.Errorf("nested: %s: %d sides of %d rows", s.Name, len(s.Side), len(s.Sample))
	}
	r.count = make([]int32, len(c.Cell))
	for row, sample := range s.Sample {
		if sample < 0 || int(sample) >= len(c.Cell) {
			return nil, fmt.Errorf("nested: %s: row %d is of sample %d, and there are %d", s.Name, row, sample, len(c.Cell))
		}
		r.count[sample]++
	}
	r.weight = make([]float32, len(c.Cell))
	least := int32(1)
	if s.Pool.Kind == metric.PoolFirst {
		least += int32(s.Pool.After)
	}
	for i, n := range r.count {
		if c.Cell[i] >= 0 && n < least {
			return nil, hint.With(fmt.Errorf("%s: sample %d has %d rows, and pooling them by %q needs %d", s.Name, i, n, s.Pool.Kind, least), "choose tokens that every sample has, or leave the sample out")
		}
		r.weight[i] = 1 / float32(max(n, 1))
	}
	return r, nil
}

// of gives the sample of a row.
func (r *sampled) of(row int) int {
	if r.Sample == nil {
		return row
	}
	return int(r.Sample[row])
}

// rows is how many there must be.
func (r *sampled) rows() int {
	if r.Sample == nil {
		return len(r.cell)
	}
	return len(r.Sample)
}

// Width is that of the rows.
func (r *sampled) Width() int { return r.Rows.Width() }

// Each gives the blocks of the space with labels, cells and weights.
func (r *sampled) Each(ctx context.Context, do func(*fit.Block) error) error {
	width, next := r.Width(), 0
	with := &fit.Block{}
	err := r.Rows.Each(ctx, func(b *fit.Block) error {
		if width <= 0 || len(b.X)%width != 0 || next+len(b.X)/width > r.rows() {
			return fmt.Errorf("nested: %d numbers after row %d are not those of %d rows of width %d", len(b.X), next, r.rows(), width)
		}
		n := len(b.X) / width
		with.X, with.Y, with.Fold, with.Weight = b.X, with.Y[:0], with.Fold[:0], with.Weight[:0]
		for row := next; row < next+n; row++ {
			at := r.of(row)
			with.Y, with.Fold = append(with.Y, r.y[at]), append(with.Fold, r.cell[at])
			if r.weight != nil {
				with.Weight = append(with.Weight, r.weight[at])
			}
		}
		if r.weight == nil {
			with.Weight = nil
		}
		if r.Side != nil {
			with.Side = r.Side[next : next+n]
		}
		next += n
		return do(with)
	})
	if err == nil && next != r.rows() {
		err = fmt.Errorf("nested: %d rows were read, and %d are needed", next, r.rows())
	}
	return err
}
