package fit

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"intentprobe/capture/covariance"
	"intentprobe/capture/hint"
	"intentprobe/capture/matrix"
)

// Moments are the sums of the rows of each fold, from which most probes follow. Sums are
// about a shift near the mean, so that large means cost no digits.
type Moments struct {
	Rows  int64 // that were read
	width int
	shift []float64
	grams Grams
	folds []*sums
	one   []float64 // the Gram matrix of all folds together, of OneGram
}

// Grams says which sums of products of columns are kept beside the sums.
type Grams int

// What methods need. [CCS] needs no moments at all.
const (
	NoGram    Grams = iota // [MassMean]
	OneGram                // one matrix, of all folds together: [Logistic]
	FoldGrams              // one of each fold: all other methods
)

// sums are those of a fold's labelled rows.
type sums struct {
	n      [2]float64
	sum    [2][]float64
	square []float64 // of each column
	gram   []float64 // [width, width], or nil; that of all folds where there is one
}

// mostGrams is the memory that Gram matrices may take.
const mostGrams = 4 << 30

// Measure reads the rows once. Memory: some 32·width bytes for each fold, and 8·width² for
// each Gram matrix.
func Measure(ctx context.Context, rows Rows, grams Grams) (*Moments, error) {
	m := &Moments{width: rows.Width(), grams: grams}
	if grams == OneGram {
		if err := m.afford(1); err != nil {
			return nil, err
		}
		m.one = make([]float64, m.width*m.width)
	}
	buffers := make([]*buffer, MostFolds)
	err := each(ctx, rows, func(b *Block, first int64) error {
		if err := b.check(m.width, first); err != nil {
			return err
		}
		m.Rows += int64(len(b.Y))
		for i, fold := range b.Fold {
			w := b.weight(i)
			if fold < 0 || b.Y[i] < 0 || w == 0 {
				continue
			}
			if m.shift == nil {
				m.shift = b.mean(m.width)
			}
			s, err := m.fold(fold)
			if err != nil {
				return err
			}
			at := fold
			if grams == OneGram {
				at = 0
			}
			if buffers[at] == nil {
				buffers[at] = &buffer{width: m.width, gram: s.gram}
			}
			buffers[at].add(s, b.Row(i), m.shift, b.Y[i], w)
		}
		return nil
	})
	for _, b := range buffers {
		if b != nil {
			b.flush()
			mirror(b.gram, m.width)
		}
	}
	return m, err
}

// afford refuses more Gram matrices than there is memory for.
func (m *Moments) afford(matrices int) error {
	if need := int64(matrices) * int64(m.width) * int64(m.width) * 8; need > mostGrams {
		return hint.Usage(fmt.Errorf("%d folds of rows of width %d need matrices of %d MiB", matrices, m.width, need>>20), "use fewer folds, or a method without a covariance")
	}
	return nil
}

// mean is that of a block's rows.
func (b *Block) mean(width int) []float64 {
	out := make([]float64, width)
	n := 0.0
	for i := range b.Y {
		if b.Fold[i] < 0 {
			continue
		}
		n++
		for j, v := range b.Row(i) {
			out[j] += float64(v)
		}
	}
	for j := range out {
		out[j] /= n
	}
	return out
}

func (m *Moments) fold(fold int8) (*sums, error) {
	for len(m.folds) <= int(fold) {
		m.folds = append(m.folds, nil)
	}
	if m.folds[fold] == nil {
		s := &sums{square: make([]float64, m.width)}
		for class := range s.sum {
			s.sum[class] = make([]float64, m.width)
		}
		switch m.grams {
		case OneGram:
			s.gram = m.one
		case FoldGrams:
			have := 1
			for _, f := range m.folds {
				if f != nil {
					have++
				}
			}
			if err := m.afford(have); err != nil {
				return nil, err
			}
			s.gram = make([]float64, m.width*m.width)
		}
		m.folds[fold] = s
	}
	return m.folds[fold], nil
}

// bufferNumbers is how many numbers of rows are multiplied at once, but for 256 rows at most
// and 32 at least.
const bufferNumbers = 1 << 17

// buffer gathers rows for a Gram matrix, each times the root of its weight.
type buffer struct {
	width int
	gram  []float64 // nil where none is wanted
	rows  []float64
}

// add adds a row to the sums of its fold.
func (f *buffer) add(s *sums, x []float32, shift []float64, class int8, w float64) {
	s.n[class] += w
	sum, root := s.sum[class], math.Sqrt(w)
	for j, v := range x {
		d := float64(v) - shift[j]
		sum[j] += w * d
		s.square[j] += w * d * d
		if f.gram != nil {
			f.rows = append(f.rows, root*d)
		}
	}
	if len(f.rows) > 0 && len(f.rows) >= f.width*min(256, max(32, bufferNumbers/f.width)) {
		f.flush()
	}
}

func (f *buffer) flush() {
	if n := len(f.rows) / max(f.width, 1); n > 0 {
		addGram(general(n, f.width, f.rows), f.gram)
	}
	f.rows = f.rows[:0]
}

// gramColumns is how many columns are multiplied with each other at once.
const gramColumns = 192

// addGram adds xᵀx to a matrix [width, width], to blocks on and above its diagonal.
func addGram(x blas64.General, gram []float64) {
	for i := 0; i < x.Cols; i += gramColumns {
		left := columns(x, i)
		for j := i; j < x.Cols; j += gramColumns {
			right := columns(x, j)
			matrix.Gemm(blas.Trans, blas.NoTrans, 1, left, right, 1, blas64.General{Rows: left.Cols, Cols: right.Cols, Stride: x.Cols, Data: gram[i*x.Cols+j:]})
		}
	}
}

// columns gives a block of columns.
func columns(x blas64.General, from int) blas64.General {
	return blas64.General{Rows: x.Rows, Cols: min(gramColumns, x.Cols-from), Stride: x.Stride, Data: x.Data[from:]}
}

// mirror copies what is above the diagonal below it.
func mirror(gram []float64, width int) {
	for i := range len(gram) / max(width, 1) {
		for j := range i {
			gram[i*width+j] = gram[j*width+i]
		}
	}
}

// set is what the rows of a training set sum to.
type set struct {
	train  Folds
	n      [2]float64
	all    float64      // n[0] + n[1]
	mean   [2][]float64 // of the classes, less the shift
	centre []float64    // of all rows, less the shift
	delta  []float64    // mean of the positive less that of the negative
	sd     []float64    // of all rows about their mean, over n; 0 where a column is constant
	shift  []float64
}

// relative is what rounding leaves of a variance that is 0, as a share of the square.
const relative = 1e-13

// of sums the folds of a training set.
func (m *Moments) of(train Folds) (*set, error) {
	s := &set{train: train, shift: m.shift, centre: make([]float64, m.width), delta: make([]float64, m.width), sd: make([]float64, m.width)}
	square := make([]float64, m.width)
	for class := range s.mean {
		s.mean[class] = make([]float64, m.width)
	}
	for fold, f := range m.folds {
		if f == nil || !train.Has(int8(fold)) {
			continue
		}
		for class := range f.n {
			s.n[class] += f.n[class]
			blas64.Axpy(1, vector(f.sum[class]), vector(s.mean[class]))
		}
		blas64.Axpy(1, vector(f.square), vector(square))
	}
	if s.all = s.n[0] + s.n[1]; s.n[0] == 0 || s.n[1] == 0 {
		return nil, refuse(train, ErrOneClass)
	}
	varies := false
	for j := range s.centre {
		s.centre[j] = (s.mean[0][j] + s.mean[1][j]) / s.all
		for class := range s.mean {
			s.mean[class][j] /= s.n[class]
		}
		s.delta[j] = s.mean[1][j] - s.mean[0][j]
		square[j] /= s.all
		if s.sd[j] = spread(square[j], s.centre[j], m.shift[j]); s.sd[j] > 0 {
			varies = true
		} else {
			s.delta[j] = 0
		}
	}
	if !varies {
		return nil, refuse(train, ErrConstant)
	}
	return s, nil
}

// spread is the standard deviation of a column whose square and mean, less a shift, are
// given; 0 where rounding may be all of it.
func spread(square, mean, shift float64) float64 {
	variance := square - mean*mean
	if !(variance > relative*square) || math.Sqrt(variance) <= 1e-12*math.Abs(mean+shift) {
		return 0
	}
	return math.Sqrt(variance)
}

// differs refuses a set whose classes have the same mean.
func (s *set) differs() error {
	for j, d := range s.delta {
		if math.Abs(d) > 1e-12*s.sd[j] {
			return nil
		}
	}
	return refuse(s.train, ErrSame)
}

// inverse gives 1/sd of the columns, 0 where one is constant.
func (s *set) inverse() []float64 {
	out := make([]float64, len(s.sd))
	for j, sd := range s.sd {
		if sd > 0 {
			out[j] = 1 / sd
		}
	}
	return out
}

// scatter gives the sum of squares of a set's rows about their mean, or about the means of
// their classes where within. Of one Gram matrix the set must be of all folds.
func (m *Moments) scatter(s *set, within bool) blas64.General {
	out := covariance.New(m.width)
	for fold, f := range m.folds {
		if f != nil && m.grams == FoldGrams && s.train.Has(int8(fold)) {
			blas64.Axpy(1, vector(f.gram), vector(out.Data))
		}
	}
	copy(out.Data, m.one)
	blas64.Ger(-s.all, vector(s.centre), vector(s.centre), out)
	if within {
		blas64.Ger(-s.n[0]*s.n[1]/s.all, vector(s.delta), vector(s.delta), out)
	}
	for j, sd := range s.sd {
		if sd == 0 {
			for k := range m.width {
				out.Data[j*m.width+k], out.Data[k*m.width+j] = 0, 0
			}
		}
	}
	return out
}

// needGram refuses moments without the matrices that a method needs.
func (m *Moments) needGram() error {
	if m.grams != FoldGrams {
		return fmt.Errorf("fit: the rows were measured without the Gram matrices of the folds")
	}
	return nil
}

// probe gives a probe of weights in the units of the rows, whose bias puts 0 at the middle
// between the class means.
func (s *set) probe(weights []float64) *Probe {
	p := &Probe{Weights: weights, Train: s.train, N: s.n, How: Convergence{Converged: true}}
	for j, w := range weights {
		p.Bias -= w * (s.shift[j] + (s.mean[0][j]+s.mean[1][j])/2)
	}
	return p
}
