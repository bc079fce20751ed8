package vector

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// means are the counts and means of the classes' items.
type means struct {
	n    [2]int64
	mean [2][]float64
	all  []float64 // of both
}

func meansOf(ctx context.Context, s *source, point string) (*means, error) {
	m := &means{}
	err := s.Each(ctx, point, func(x item) error {
		if m.n[x.Class]++; m.mean[x.Class] == nil {
			m.mean[x.Class] = make([]float64, len(x.Values))
		}
		for i, v := range x.Values {
			m.mean[x.Class][i] += v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := float64(m.n[positive] + m.n[negative])
	for class := range m.mean {
		if m.all == nil {
			m.all = make([]float64, len(m.mean[class]))
		}
		for i := range m.mean[class] {
			m.all[i] += m.mean[class][i] / total
			m.mean[class][i] /= float64(m.n[class])
		}
	}
	return m, nil
}

// difference is the mean of the positive class less that of the negative.
func (m *means) difference() []float64 {
	out := make([]float64, len(m.all))
	for i := range out {
		out[i] = m.mean[positive][i] - m.mean[negative][i]
	}
	return out
}

// blockRows is how many items are multiplied at once.
const blockRows = 128

// block gathers vectors until there are enough to multiply.
type block struct {
	width int
	rows  []float64
	full  func(blas64.General) // is given the rows
}

func (b *block) add(x []float64) {
	if b.rows = append(b.rows, x...); len(b.rows) == blockRows*b.width {
		b.flush()
	}
}

func (b *block) flush() {
	if n := len(b.rows) / b.width; n > 0 {
		b.full(blas64.General{Rows: n, Cols: b.width, Stride: b.width, Data: b.rows})
	}
	b.rows = b.rows[:0]
}

// newGram gives the sum of x·xᵀ, [width, width], over the vectors that are added to the
// block; flush it at the end.
func newGram(width int) (*block, blas64.General) {
	sum := blas64.General{Rows: width, Cols: width, Stride: width, Data: make([]float64, width*width)}
	return &block{width: width, full: func(x blas64.General) {
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, x, 1, sum)
	}}, sum
}

// spread is the standard deviation along a direction and the covariance of the items.
type spread struct {
	sd         float64   // NaN for a subspace
	covariance []float32 // [m, width]
}

// covarianceSeed is that of the Gaussian numbers of a covariance's sketch.
const covarianceSeed = 1

// spreadOf takes the sd of x·v̂ over all items, about their common mean, with n-1 below
// the line; and C [m, width] with CᵀC their covariance: the centred items over √(n-1)
// where there are at most so many, else their products with m rows of independent standard
// Gaussian numbers over √(m·(n-1)), whose CᵀC has the covariance as its expectation
// (Halko, Martinsson, Tropp 2011, arXiv:0909.4061, section 4).
func spreadOf(ctx context.Context, s *source, point string, m *means, v []float64, rows int) (*spread, error) {
	n, width := int(m.n[positive]+m.n[negative]), len(m.all)
	out := &spread{sd: math.NaN()}
	sketched := n > rows
	rows = min(n, max(rows, 0))
	c := blas64.General{Rows: rows, Cols: width, Stride: width, Data: make([]float64, rows*width)}
	random := rand.New(rand.NewPCG(covarianceSeed, 0))
	sketch := &block{width: width, full: func(x blas64.General) {
		g := blas64.General{Rows: rows, Cols: x.Rows, Stride: x.Rows, Data: make([]float64, rows*x.Rows)}
		for i := range g.Data {
			g.Data[i] = random.NormFloat64()
		}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, g, x, 1, c)
	}}
	squares, at := 0.0, 0
	centred := make([]float64, width)
	err := s.Each(ctx, point, func(x item) error {
		along := 0.0
		for i := range centred {
			centred[i] = x.Values[i] - m.all[i]
		}
		if len(v) == width {
			for i := range v {
				along += centred[i] * v[i]
			}
		}
		squares += along * along
		switch {
		case rows == 0:
		case sketched:
			sketch.add(centred)
		default:
			copy(c.Data[at*width:], centred)
			at++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if length := length(v); len(v) == width && length > 0 {
		out.sd = math.Sqrt(squares/float64(n-1)) / length
	}
	if rows == 0 {
		return out, nil
	}
	sketch.flush()
	by := 1 / math.Sqrt(float64(n-1))
	if sketched {
		by /= math.Sqrt(float64(rows))
	}
	blas64.Scal(by, blas64.Vector{N: len(c.Data), Inc: 1, Data: c.Data})
	out.covariance = Narrow(c.Data)
	return out, nil
}

// length is the Euclidean norm.
func length(x []float64) float64 { return blas64.Nrm2(blas64.Vector{N: len(x), Inc: 1, Data: x}) }

// dot is the inner product.
func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}
