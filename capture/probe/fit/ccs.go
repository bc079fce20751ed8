package fit

import (
	"context"
	"math"
	"math/rand/v2"

	"intentprobe/capture/hint"
)

// CCSOptions are those of [CCS]. The zero value is the default.
type CCSOptions struct {
	Starts    int     // random starts, of which the best is kept; 10, as published
	Decay     float64 // of the weights: + Decay/2·|w|²; 1e-3
	Seed      uint64
	Tolerance float64 // as in LogisticOptions; 1e-6
	Passes    int     // most passes over the rows; 500
}

// CCS is contrast-consistent search (Burns et al. 2022, arXiv:2212.03827): of pairs of a
// statement and its negation, without their labels, a direction whose probabilities are
// consistent and confident: the mean of (p⁺ - (1 - p⁻))² + min(p⁺, p⁻)². Statements and
// negations are each centred on their own mean, so that what tells the two apart by their
// wording is gone; columns are divided by the standard deviation that is left. The bias is
// trained with the rest, and folded in at the middle of both means, as a row to be scored is
// of neither side.
//
// They train ten random starts with AdamW for 1,000 steps and keep the lowest loss. Here the
// starts are minimised by L-BFGS, side by side. Of few pairs each start ends in a minimum of
// its own, so that other starts may find a lower loss: Objective is the best of these. The
// loss does not know which end is true: the sign is chosen by the labels of the rows, where
// some are labelled. Where p⁺ and 1 - p⁻ differ, both signs have not the same loss, as
// min(p⁺, p⁻) of one is 1 - max(p⁺, p⁻) of the other; Objective is that of the sign which was
// minimised.
//
// There is a probe for each training set. Memory: some 300·width bytes a start and set.
func CCS(ctx context.Context, rows Rows, trains []Folds, opt CCSOptions) ([]*Probe, error) {
	opt.defaults()
	width := rows.Width()
	c := &consistency{rows: rows, width: width, opt: opt}
	for _, train := range trains {
		c.sets = append(c.sets, newSides(train, width))
	}
	if err := c.measure(ctx); err != nil {
		return nil, err
	}
	all := make([]*descent, len(trains)*opt.Starts)
	for i := range all {
		random := rand.New(rand.NewPCG(opt.Seed, uint64(i%opt.Starts)))
		x := make([]float64, width+1)
		for j := range width {
			x[j] = random.NormFloat64() / math.Sqrt(float64(width))
		}
		all[i] = newDescent(x, opt.Tolerance, 1e-14)
	}
	passes, err := minimise(ctx, all, opt.Passes, func(open []*descent, at []int) error {
		return c.evaluate(ctx, open, at)
	})
	if err != nil {
		return nil, err
	}
	out := make([]*Probe, len(trains))
	for i, s := range c.sets {
		best := all[i*opt.Starts]
		for _, d := range all[i*opt.Starts:][:opt.Starts] {
			if d.f < best.f {
				best = d
			}
		}
		p := &Probe{Weights: times(best.x[:width], s.scale), Bias: best.x[width], Train: s.train, N: s.n}
		if norm(p.Weights) == 0 || math.IsNaN(best.f) {
			return nil, refuse(s.train, ErrConstant)
		}
		for j, w := range p.Weights {
			p.Bias -= w * (c.shift[j] + (s.mean[0][j]+s.mean[1][j])/2)
		}
		if dot(p.Weights, s.delta()) < 0 {
			for j := range p.Weights {
				p.Weights[j] *= -1
			}
			p.Bias *= -1
		}
		p.How = Convergence{Converged: best.converged, Iterations: best.rounds, Passes: passes + 1, Objective: best.f, Gradient: best.gradient()}
		out[i] = p
	}
	return out, nil
}

func (o *CCSOptions) defaults() {
	if o.Starts == 0 {
		o.Starts = 10
	}
	if o.Decay == 0 {
		o.Decay = 1e-3
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-6
	}
	if o.Passes == 0 {
		o.Passes = 500
	}
}

// sides are the sums of a training set's pairs.
type sides struct {
	train Folds
	pairs float64
	mean  [2][]float64 // of statements and negations, less the shift
	scale []float64    // 1/sd about these means; 0 where constant
	n     [2]float64   // of rows that are labelled negative and positive
	sum   [2][]float64 // of these
}

func newSides(train Folds, width int) *sides {
	s := &sides{train: train, scale: make([]float64, width)}
	for i := range s.mean {
		s.mean[i], s.sum[i] = make([]float64, width), make([]float64, width)
	}
	return s
}

// delta is the difference of the labelled rows' means; 0 where one class has none.
func (s *sides) delta() []float64 {
	out := make([]float64, len(s.scale))
	if s.n[0] == 0 || s.n[1] == 0 {
		return out
	}
	for j := range out {
		out[j] = s.sum[1][j]/s.n[1] - s.sum[0][j]/s.n[0]
	}
	return out
}

// consistency evaluates the loss of CCS.
type consistency struct {
	rows  Rows
	width int
	opt   CCSOptions
	shift []float64
	sets  []*sides
}

// pairAt says whether a row of a block is a statement whose negation follows; a block whose
// sides are of no pairs is refused.
func pairAt(b *Block, i int, first int64) (bool, error) {
	if b.Fold[i] < 0 || b.Side == nil {
		return false, nil
	}
	switch {
	case b.Side[i] == 0 && i+1 < len(b.Y) && b.Side[i+1] == 1 && b.Fold[i+1] == b.Fold[i]:
		return true, nil
	case b.Side[i] == 1 && i > 0 && b.Side[i-1] == 0 && b.Fold[i-1] == b.Fold[i]:
		return false, nil
	}
	bad := &BadRow{first + int64(i), "it is of a pair whose other half is not next to it in the block, in the same fold"}
	return false, hint.Usage(bad, "give the rows of each pair one after another, the statement first")
}

// measure reads the rows once for the means and standard deviations of each set.
func (c *consistency) measure(ctx context.Context) error {
	squares := make([][2][]float64, len(c.sets))
	for k := range squares {
		squares[k] = [2][]float64{make([]float64, c.width), make([]float64, c.width)}
	}
	err := each(ctx, c.rows, func(b *Block, first int64) error {
		if err := b.check(c.width, first); err != nil {
			return err
		}
		for i, fold := range b.Fold {
			statement, err := pairAt(b, i, first)
			if err != nil {
				return err
			}
			if !statement {
				continue
			}
			if c.shift == nil {
				c.shift = b.mean(c.width)
			}
			for k, s := range c.sets {
				if s.train.Has(fold) {
					s.pairs++
					for side := range 2 {
						s.add(b.Row(i+side), c.shift, side, squares[k][side], b.Y[i+side])
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, s := range c.sets {
		if s.pairs == 0 {
			return refuse(s.train, ErrPairs)
		}
		for j := range s.scale {
			variance, square := 0.0, 0.0
			for side := range 2 {
				s.mean[side][j] /= s.pairs
				square += squares[k][side][j] / s.pairs / 2
				variance += (squares[k][side][j]/s.pairs - s.mean[side][j]*s.mean[side][j]) / 2
			}
			if sd := spread(square, math.Sqrt(max(square-variance, 0)), c.shift[j]); sd > 0 {
				s.scale[j] = 1 / sd
			}
		}
		if norm(s.scale) == 0 {
			return refuse(s.train, ErrConstant)
		}
	}
	return nil
}

func (s *sides) add(x []float32, shift []float64, side int, squares []float64, y int8) {
	for j, v := range x {
		d := float64(v) - shift[j]
		s.mean[side][j] += d
		squares[j] += d * d
		if y >= 0 {
			s.sum[y][j] += d
		}
	}
	if y >= 0 {
		s.n[y]++
	}
}

// evaluate reads the rows once for all starts of all sets that are open.
func (c *consistency) evaluate(ctx context.Context, open []*descent, at []int) error {
	p := newPass(c.width, len(open), c.shift)
	offsets := make([][2]float64, len(open))
	used := Folds(0)
	for k, d := range open {
		s := c.sets[at[k]/c.opt.Starts]
		used |= s.train
		w := p.weights.Data[k*c.width : (k+1)*c.width]
		copy(w, times(d.trial[:c.width], s.scale))
		for side := range 2 {
			offsets[k][side] = d.trial[c.width] - dot(w, s.mean[side])
		}
	}
	loss, slopes := make([]float64, len(open)), make([][2]float64, len(open))
	err := each(ctx, c.rows, func(b *Block, _ int64) error {
		p.gather(b, func(i int) bool { return b.Side != nil && used.Has(b.Fold[i]) })
		scores := p.score()
		for r := 0; r+1 < len(p.index); r += 2 {
			x, y := scores[r*len(open):][:len(open)], scores[(r+1)*len(open):][:len(open)]
			for k := range open {
				if !c.sets[at[k]/c.opt.Starts].train.Has(b.Fold[p.index[r]]) {
					x[k], y[k] = 0, 0
					continue
				}
				var value float64
				value, x[k], y[k] = inconsistency(x[k]+offsets[k][0], y[k]+offsets[k][1])
				loss[k] += value
				slopes[k][0] += x[k]
				slopes[k][1] += y[k]
			}
		}
		p.backward()
		return nil
	})
	if err != nil {
		return err
	}
	g := make([]float64, c.width+1)
	for k, d := range open {
		s, w := c.sets[at[k]/c.opt.Starts], d.trial[:c.width]
		for j, by := range s.scale {
			sum := p.gradient.Data[k*c.width+j] - slopes[k][0]*s.mean[0][j] - slopes[k][1]*s.mean[1][j]
			g[j] = c.opt.Decay*w[j] + by*sum/s.pairs
		}
		g[c.width] = (slopes[k][0] + slopes[k][1]) / s.pairs
		d.take(loss[k]/s.pairs+c.opt.Decay*dot(w, w)/2, g, g)
	}
	return nil
}

// inconsistency is the loss of a pair's two scores, and its derivatives.
func inconsistency(statement, negation float64) (value, byStatement, byNegation float64) {
	p, q := sigmoid(statement), sigmoid(negation)
	off := p + q - 1
	value = off * off
	dp, dq := 2*off, 2*off
	if p < q {
		value += p * p
		dp += 2 * p
	} else {
		value += q * q
		dq += 2 * q
	}
	return value, dp * p * (1 - p), dq * q * (1 - q)
}

func sigmoid(x float64) float64 {
	_, slope := logLoss(x, 0)
	return slope
}
