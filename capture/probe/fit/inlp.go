package fit

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/hint"
)

// Nullspace is what INLP found: the directions that were projected out one after another.
type Nullspace struct {
	Basis  []float64 // [rank, width], orthonormal
	Probes []*Probe  // the probe of each round, on rows from which the earlier ones are gone
}

// INLP is iterative null-space projection (Ravfogel et al. 2020, arXiv:2004.07667): a
// logistic regression is fitted, its direction is projected out of the rows, and so on for
// some rounds. It ends early where the classes no longer differ in the mean. The paper leaves
// the classifier open; this is [Logistic] with C. Each round reads the rows once more than
// the regression.
func INLP(ctx context.Context, rows Rows, train Folds, rounds int, c float64, opt LogisticOptions) (*Nullspace, error) {
	width := rows.Width()
	if rounds < 1 || rounds > width {
		return nil, hint.Usage(fmt.Errorf("%d rounds with rows of width %d", rounds, width), "use 1 or more, up to the width")
	}
	out := &Nullspace{}
	for range rounds {
		left := Rows(rows)
		if len(out.Basis) > 0 {
			left = &projected{rows, out.Basis}
		}
		m, err := Measure(ctx, left, OneGram)
		if err != nil {
			return nil, err
		}
		s, err := m.of(train)
		if err == nil {
			err = s.differs()
		}
		if len(out.Probes) > 0 && (errors.Is(err, ErrSame) || errors.Is(err, ErrConstant)) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		probes, err := Logistic(ctx, left, m, []Problem{{Train: train, C: c}}, opt)
		if err != nil {
			return nil, err
		}
		v := append([]float64(nil), probes[0].Weights...)
		size := norm(v)
		for range 2 { // twice, so that rounding leaves nothing of the others
			project(v, out.Basis)
		}
		rest := norm(v)
		if !(rest > 1e-9*size) {
			return out, nil
		}
		blas64.Scal(1/rest, vector(v))
		out.Basis, out.Probes = append(out.Basis, v...), append(out.Probes, probes[0])
	}
	return out, nil
}

// Apply projects a row, in place.
func (n *Nullspace) Apply(x []float64) { project(x, n.Basis) }

// project takes orthonormal rows out of a vector.
func project(x, basis []float64) {
	for ; len(basis) > 0; basis = basis[len(x):] {
		row := basis[:len(x)]
		blas64.Axpy(-dot(row, x), vector(row), vector(x))
	}
}

// projected are rows without some directions, rounded to float32.
type projected struct {
	Rows
	basis []float64
}

// Each gives the blocks of the rows, projected.
func (p *projected) Each(ctx context.Context, do func(*Block) error) error {
	width := p.Width()
	row := make([]float64, width)
	var x []float32
	return p.Rows.Each(ctx, func(b *Block) error {
		if len(b.X) != len(b.Y)*width {
			return do(b) // refused there
		}
		x = append(x[:0], b.X...)
		for i := range b.Y {
			of := x[i*width : (i+1)*width]
			for j, v := range of {
				row[j] = float64(v)
			}
			project(row, p.basis)
			for j, v := range row {
				of[j] = float32(v)
			}
		}
		with := *b
		with.X = x
		return do(&with)
	})
}
