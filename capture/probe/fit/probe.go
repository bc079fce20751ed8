package fit

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/matrix"
)

// Probe scores rows: x·Weights + Bias, more where a row looks positive.
type Probe struct {
	Weights []float64 // [width], in the units of the rows
	Bias    float64
	Train   Folds      // what it was trained on
	N       [2]float64 // weights of the negative and the positive rows of these, summed
	How     Convergence
}

// Convergence is what a probe's fit came to. Of probes that are solved for at once, only
// Converged is set.
type Convergence struct {
	Converged  bool
	Iterations int
	Passes     int     // over the rows, with all probes that were fitted together
	Objective  float64 // what was minimised
	Gradient   float64 // its gradient's norm at the end, as a share of the weights'
	Shrinkage  float64 // of LDA
}

// Score scores one row.
func (p *Probe) Score(x []float32) float64 {
	sum := p.Bias
	for i, w := range p.Weights {
		sum += w * float64(x[i])
	}
	return sum
}

// Score scores all rows of folds with each probe, in one pass: scores are [rows, probes] of
// the block, whose first row has the number first; they live until the function returns.
// Rows of no fold are scored too.
func Score(ctx context.Context, rows Rows, probes []*Probe, do func(b *Block, first int64, scores []float64) error) error {
	width := rows.Width()
	weights := blas64.General{Rows: len(probes), Cols: width, Stride: width, Data: make([]float64, len(probes)*width)}
	for i, p := range probes {
		copy(weights.Data[i*width:], p.Weights)
	}
	var x, scores []float64
	return each(ctx, rows, func(b *Block, first int64) error {
		n := len(b.Y)
		if err := b.check(width, first); err != nil {
			return err
		}
		x, scores = grow(x, n*width), grow(scores, n*len(probes))
		for i, v := range b.X {
			x[i] = float64(v)
		}
		for i := range scores {
			scores[i] = probes[i%len(probes)].Bias
		}
		if n > 0 && len(probes) > 0 {
			matrix.Gemm(blas.NoTrans, blas.Trans, 1, general(n, width, x), weights, 1, general(n, len(probes), scores))
		}
		return do(b, first, scores)
	})
}

// grow gives n numbers, in the memory of x where it is enough.
func grow(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}

func general(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: max(cols, 1), Data: data}
}

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func dot(x, y []float64) float64 { return blas64.Dot(vector(x), vector(y)) }

func norm(x []float64) float64 { return blas64.Nrm2(vector(x)) }
