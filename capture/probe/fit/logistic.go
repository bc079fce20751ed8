package fit

import (
	"context"
	"fmt"
	"math"

	"intentprobe/capture/hint"
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
	l.guesses = map[float64]*guess{}
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
		if l.guesses[p.C] == nil {
			if l.guesses[p.C], err = m.guess(union, p.C, s.all, opt); err != nil {
				return nil, err
			}
		}
		all[i] = newDescent(make([]float64, m.width+1), opt.Tolerance, 1e-13*p.C*s.all)
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

// losses evaluates logistic losses.
type losses struct {
	rows     Rows
	m        *Moments
	opt      LogisticOptions
	problems []Problem
	sets     []*set
	scales   [][]float64
	counts   [][2]float64       // of the labels that problems have of their own
	guesses  map[float64]*guess // by C
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
	together := map[float64][]int{} // the open ones by C: a guess multiplies all its gradients at once
	var cs []float64
	for k := range open {
		c := l.problems[at[k]].C
		if together[c] == nil {
			cs = append(cs, c)
		}
		together[c] = append(together[c], k)
	}
	for _, c := range cs {
		g := general(len(together[c]), width+1, make([]float64, len(together[c])*(width+1)))
		for row, k := range together[c] {
			l.gradient(g.Data[row*g.Cols:(row+1)*g.Cols], open[k], at[k], pass.gradient.Data[k*width:(k+1)*width], pass.sum[k])
		}
		guessed := l.guesses[c].times(g)
		for row, k := range together[c] {
			w := open[k].trial[:width]
			open[k].take(c*loss[k]+dot(w, w)/2, g.Data[row*g.Cols:(row+1)*g.Cols], guessed.Data[row*g.Cols:(row+1)*g.Cols])
		}
	}
	return nil
}

// gradient fills in that of a problem, from the sums of slopes, with and without their rows.
func (l *losses) gradient(g []float64, d *descent, problem int, rows []float64, sum float64) {
	width, c := l.m.width, l.problems[problem].C
	for j, by := range l.scales[problem] {
		g[j] = d.trial[j] + c*by*(rows[j]-sum*l.sets[problem].centre[j])
	}
	if g[width] = c * sum; l.opt.NoBias {
		g[width] = 0
	}
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
