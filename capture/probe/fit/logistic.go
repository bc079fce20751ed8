package fit

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"intentprobe/capture/hint"
	"intentprobe/capture/matrix"
)

// Problem is one logistic regression.
type Problem struct {
	Train  Folds
	C      float64 // as in scikit-learn: the larger, the less is regularised
	Labels []int8  // of the rows in the order of reading, instead of theirs: for permutations. Rows must have a label all the same
}

// LogisticOptions are what all problems share. The zero value is the default.
type LogisticOptions struct {
	Raw       bool    // the rows are centred, and not standardised
	NoBias    bool    // the centred rows have no bias, as with Marks and Tegmark
	Tolerance float64 // the gradient's norm as a share of the weights', standardised; 1e-6
	Passes    int     // most passes over the rows; 1000
}

// Logistic is logistic regression with L2: it minimises C·Σloss + ½|w|², as scikit-learn's
// LogisticRegression does, over rows that are standardised by the rows of the training set.
// The bias is not regularised.
//
// The problems are solved side by side, so that a pass over the rows serves all of them, by
// L-BFGS whose first guess of the Hessian is C/4·XᵀX + I of all rows together, which is
// above the true one (Böhning and Lindsay 1988); where there is but one Gram matrix, of those
// of all folds. As the true one is at least I, weights are
// within the gradient's norm of the best ones: the tolerance is a bound on their relative
// error. Where the passes end first, How.Converged is false; weights are always finite.
//
// Memory: 8·width² bytes for each C, twice as many once, and some 400·width a problem. Where the rows were measured without
// Gram matrices, only the diagonal of the guess is used, and more passes are made.
func Logistic(ctx context.Context, rows Rows, m *Moments, problems []Problem, opt LogisticOptions) ([]*Probe, error) {
	if opt.Tolerance == 0 {
		opt.Tolerance = 1e-6
	}
	if opt.Passes == 0 {
		opt.Passes = 1000
	}
	l := &losses{rows: rows, m: m, opt: opt, problems: problems}
	all := make([]*descent, len(problems))
	guesses := map[float64]func([]float64){}
	union := Folds(0)
	for _, p := range problems {
		union |= p.Train
	}
	if m.grams == OneGram {
		union = First(MostFolds)
	}
	for i, p := range problems {
		if !(p.C > 0) || math.IsInf(p.C, 0) {
			return nil, hint.Usage(fmt.Errorf("regularisation C = %v", p.C), "use a number above 0: 1 is usual, less regularises more")
		}
		if p.Labels != nil && int64(len(p.Labels)) != m.Rows {
			return nil, fmt.Errorf("fit: %d labels for %d rows", len(p.Labels), m.Rows)
		}
		s, err := m.of(p.Train)
		if err != nil {
			return nil, err
		}
		l.sets, l.scales = append(l.sets, s), append(l.scales, s.scales(!opt.Raw))
		if guesses[p.C] == nil {
			if guesses[p.C], err = m.guess(union, p.C, s.all, opt); err != nil {
				return nil, err
			}
		}
		all[i] = newDescent(make([]float64, m.width+1), opt.Tolerance, 1e-13*p.C*s.all, guesses[p.C])
	}
	passes, err := minimise(ctx, all, opt.Passes, func(open []*descent, at []int) error {
		return l.evaluate(ctx, open, at)
	})
	if err != nil {
		return nil, err
	}
	out := make([]*Probe, len(problems))
	for i, d := range all {
		s := l.sets[i]
		p := &Probe{Weights: times(d.x[:m.width], l.scales[i]), Bias: d.x[m.width], Train: problems[i].Train, N: s.n}
		if problems[i].Labels != nil {
			p.N = l.counts[i]
			if p.N[0] == 0 || p.N[1] == 0 {
				return nil, refuse(p.Train, ErrOneClass)
			}
		}
		for j, w := range p.Weights {
			p.Bias -= w * (s.shift[j] + s.centre[j])
		}
		p.How = Convergence{Converged: d.converged, Iterations: d.rounds, Passes: passes, Objective: d.f, Gradient: d.gradient()}
		out[i] = p
	}
	return out, nil
}

// guess gives a function that multiplies by the inverse of C·n/4·R + I, R being the
// covariance of the scaled rows of all training sets; the last number is the bias.
func (m *Moments) guess(union Folds, c, n float64, opt LogisticOptions) (func([]float64), error) {
	s, err := m.of(union)
	if err != nil {
		return nil, err
	}
	k := c * n / 4
	by := s.scales(!opt.Raw)
	diagonal := make([]float64, m.width)
	for j := range diagonal {
		diagonal[j] = 1 + k*s.sd[j]*s.sd[j]*by[j]*by[j]
	}
	solve := func(g []float64) {
		for j := range diagonal {
			g[j] /= diagonal[j]
		}
	}
	if m.grams != NoGram {
		total := m.scatter(s, false)
		rescale(total, by, s.all/k)
		for j := range m.width {
			total.Data[j*m.width+j]++
		}
		var factor mat.Cholesky
		if factor.Factorize(mat.NewSymDense(m.width, total.Data)) {
			var inverse mat.SymDense
			// The matrix is well conditioned enough for a guess whatever this says.
			_ = factor.InverseTo(&inverse)
			full := general(m.width, m.width, total.Data)
			for i := range m.width {
				for j := range m.width {
					full.Data[i*m.width+j] = inverse.At(i, j)
				}
			}
			out := make([]float64, m.width)
			solve = func(g []float64) {
				blas64.Gemv(blas.NoTrans, 1, full, vector(g[:m.width]), 0, vector(out))
				copy(g, out)
			}
		}
	}
	return func(g []float64) {
		solve(g)
		if opt.NoBias {
			g[m.width] = 0
		} else {
			g[m.width] /= k
		}
	}, nil
}

// losses evaluates logistic losses.
type losses struct {
	rows     Rows
	m        *Moments
	opt      LogisticOptions
	problems []Problem
	sets     []*set
	scales   [][]float64
	counts   [][2]float64 // of the labels that problems have of their own
}

// evaluate reads the rows once for all problems that are open.
func (l *losses) evaluate(ctx context.Context, open []*descent, at []int) error {
	width := l.m.width
	if l.counts == nil {
		l.counts = make([][2]float64, len(l.problems))
	}
	first := l.counts
	if open[0].x != nil {
		first = nil // they are counted in the first pass
	}
	pass := newPass(width, len(open), l.m.shift)
	used := Folds(0)
	for k, d := range open {
		i := at[k]
		used |= l.problems[i].Train
		w := pass.weights.Data[k*width : (k+1)*width]
		copy(w, times(d.trial[:width], l.scales[i]))
		pass.offset[k] = d.trial[width] - dot(w, l.sets[i].centre)
	}
	loss := make([]float64, len(open))
	err := each(ctx, l.rows, func(b *Block, start int64) error {
		pass.gather(b, func(i int) bool { return b.Y[i] >= 0 && used.Has(b.Fold[i]) })
		scores := pass.score()
		for r, i := range pass.index {
			row := scores[r*len(open) : (r+1)*len(open)]
			weight := b.weight(i)
			for k := range row {
				p := &l.problems[at[k]]
				if !p.Train.Has(b.Fold[i]) {
					row[k] = 0
					continue
				}
				y := b.Y[i]
				if p.Labels != nil {
					y = p.Labels[start+int64(i)]
					if y < 0 {
						row[k] = 0
						continue
					}
					if first != nil {
						first[at[k]][y] += weight
					}
				}
				value, slope := logLoss(row[k], y)
				loss[k] += weight * value
				row[k] = weight * slope
			}
		}
		pass.backward()
		return nil
	})
	if err != nil {
		return err
	}
	g := make([]float64, width+1)
	for k, d := range open {
		i := at[k]
		c, w := l.problems[i].C, d.trial[:width]
		sum := pass.sum[k]
		for j, by := range l.scales[i] {
			g[j] = w[j] + c*by*(pass.gradient.Data[k*width+j]-sum*l.sets[i].centre[j])
		}
		g[width] = c * sum
		if l.opt.NoBias {
			g[width] = 0
		}
		d.take(c*loss[k]+dot(w, w)/2, g)
	}
	return nil
}

// logLoss gives the loss of a score and its derivative.
func logLoss(score float64, y int8) (value, slope float64) {
	if y == 1 {
		value, slope = logLoss(-score, 0)
		return value, -slope
	}
	e := math.Exp(-math.Abs(score))
	if score > 0 {
		return score + math.Log1p(e), 1 / (1 + e)
	}
	return math.Log1p(e), e / (1 + e)
}

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
