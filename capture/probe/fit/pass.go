package fit

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/matrix"
)

// pass is one reading of the rows for several linear scores.
type pass struct {
	width    int
	shift    []float64
	weights  blas64.General // [scores, width]
	offset   []float64      // [scores]
	gradient blas64.General // [scores, width]: Σ row·slope
	sum      []float64      // [scores]: Σ slope
	x, s     []float64      // [rows, width] and [rows, scores] of the block
	index    []int          // of the rows that were gathered
}

func newPass(width, scores int, shift []float64) *pass {
	return &pass{
		width: width, shift: shift, offset: make([]float64, scores), sum: make([]float64, scores),
		weights: general(scores, width, make([]float64, scores*width)), gradient: general(scores, width, make([]float64, scores*width)),
	}
}

// gather copies rows of a block, less the shift.
func (p *pass) gather(b *Block, use func(i int) bool) {
	p.index = p.index[:0]
	p.x = grow(p.x, len(b.X))
	for i := range b.Y {
		if !use(i) {
			continue
		}
		to := p.x[len(p.index)*p.width : (len(p.index)+1)*p.width]
		for j, v := range b.Row(i) {
			to[j] = float64(v) - p.shift[j]
		}
		p.index = append(p.index, i)
	}
}

// score gives the scores of the rows that were gathered, to be replaced by slopes.
func (p *pass) score() []float64 {
	n, scores := len(p.index), len(p.offset)
	p.s = grow(p.s, n*scores)
	for i := range p.s {
		p.s[i] = p.offset[i%scores]
	}
	if n > 0 {
		matrix.Gemm(blas.NoTrans, blas.Trans, 1, general(n, p.width, p.x), p.weights, 1, general(n, scores, p.s))
	}
	return p.s
}

// backward adds the slopes, which have replaced the scores, to the gradients.
func (p *pass) backward() {
	n, scores := len(p.index), len(p.offset)
	if n == 0 {
		return
	}
	for i, v := range p.s {
		p.sum[i%scores] += v
	}
	matrix.Gemm(blas.Trans, blas.NoTrans, 1, general(n, scores, p.s), general(n, p.width, p.x), 1, p.gradient)
}
