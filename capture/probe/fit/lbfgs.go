package fit

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// descent minimises one smooth function by L-BFGS (Nocedal and Wright 2006, algorithm 7.5,
// with a given first matrix and backtracking), one evaluation at a time, so that many
// functions are evaluated in the same pass over the rows.
type descent struct {
	x, g      []float64 // where it is, and the gradient there
	guess     []float64 // the first guess times g
	f         float64
	trial     []float64 // where it wants to be evaluated
	direction []float64
	slope     float64
	step      float64
	pairs     []pair // of the last steps and changes of the gradient
	next      int
	tolerance float64 // of the gradient's norm, as a share of the point's
	floor     float64 // below it the gradient is what rounding left
	halvings  int
	rounds    int
	done      bool
	converged bool
}

type pair struct {
	s, y  []float64
	guess []float64 // the first guess times y
	rho   float64
}

// memory is how many pairs are kept.
const memory = 12

// mostHalvings is how often a step is made shorter before the descent ends.
const mostHalvings = 30

// newDescent starts at x.
func newDescent(x []float64, tolerance, floor float64) *descent {
	return &descent{trial: x, tolerance: tolerance, floor: floor, f: math.NaN()}
}

// take takes the value and the gradient at the trial point, and the product of the gradient
// with the first guess of the inverse Hessian. They are the caller's.
func (d *descent) take(f float64, g, guess []float64) {
	g, guess = append([]float64(nil), g...), append([]float64(nil), guess...)
	fine := !math.IsNaN(f) && !math.IsInf(f, 0)
	switch {
	case d.x == nil && !fine:
		d.done, d.x, d.g, d.f = true, d.trial, g, f
		return
	case d.x != nil && (!fine || f > d.f+1e-4*d.step*d.slope+1e-13*math.Abs(d.f)):
		if d.halvings++; d.halvings > mostHalvings {
			d.done = true
			return
		}
		// The minimum of the parabola through both values and the slope, within bounds.
		shorter := 0.5
		if fine {
			shorter = min(max(-d.slope*d.step/(2*(f-d.f-d.step*d.slope)), 0.1), 0.5)
		}
		d.step *= shorter
		d.move()
		return
	}
	if d.x != nil {
		d.remember(g, guess)
		d.rounds++
	}
	d.x, d.g, d.f, d.guess = d.trial, g, f, guess
	if d.converged = norm(g) <= max(d.tolerance*norm(d.x), d.floor); d.converged {
		d.done = true
		return
	}
	d.turn()
}

// remember keeps the last step, where the function bends upwards along it.
func (d *descent) remember(g, guess []float64) {
	p := pair{s: make([]float64, len(g)), y: make([]float64, len(g)), guess: make([]float64, len(g))}
	for i := range g {
		p.s[i], p.y[i], p.guess[i] = d.trial[i]-d.x[i], g[i]-d.g[i], guess[i]-d.guess[i]
	}
	along := dot(p.s, p.y)
	if along <= 1e-14*norm(p.s)*norm(p.y) {
		return
	}
	p.rho = 1 / along
	if len(d.pairs) < memory {
		d.pairs = append(d.pairs, p)
		return
	}
	d.pairs[d.next%memory] = p
	d.next++
}

// turn chooses the next direction and a step of 1. The first guess is linear, so that its
// product with what is left of the gradient follows from those with the gradients.
func (d *descent) turn() {
	q, guessed := append([]float64(nil), d.g...), append([]float64(nil), d.guess...)
	alpha := make([]float64, len(d.pairs))
	for i := len(d.pairs) - 1; i >= 0; i-- {
		p := d.pairs[(d.next+i)%len(d.pairs)]
		alpha[i] = p.rho * dot(p.s, q)
		blas64.Axpy(-alpha[i], vector(p.y), vector(q))
		blas64.Axpy(-alpha[i], vector(p.guess), vector(guessed))
	}
	if q = guessed; len(d.pairs) > 0 {
		n := len(d.pairs)
		p := d.pairs[(d.next+n-1)%n]
		blas64.Scal(1/(p.rho*dot(p.y, p.guess)), vector(q))
	}
	for i := range d.pairs {
		p := d.pairs[(d.next+i)%len(d.pairs)]
		blas64.Axpy(alpha[i]-p.rho*dot(p.y, q), vector(p.s), vector(q))
	}
	blas64.Scal(-1, vector(q))
	if d.slope = dot(q, d.g); !(d.slope < 0) {
		d.done = true // rounding is all that is left
		return
	}
	d.direction, d.step, d.halvings = q, 1, 0
	d.move()
}

func (d *descent) move() {
	trial := append([]float64(nil), d.x...)
	blas64.Axpy(d.step, vector(d.direction), vector(trial))
	d.trial = trial
}

// minimise runs descents side by side: evaluate is given those that are not done, and calls
// take of each once. It gives the number of evaluations, of which there are most at most.
func minimise(ctx context.Context, all []*descent, most int, evaluate func([]*descent, []int) error) (passes int, err error) {
	for passes = 0; passes < most; passes++ {
		var open []*descent
		var at []int
		for i, d := range all {
			if !d.done {
				open, at = append(open, d), append(at, i)
			}
		}
		if len(open) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return passes, err
		}
		if err := evaluate(open, at); err != nil {
			return passes, err
		}
	}
	return passes, nil
}

// gradient is the last gradient's norm as a share of the point's.
func (d *descent) gradient() float64 {
	if g := norm(d.g); g > d.floor {
		return g / max(norm(d.x), d.floor)
	}
	return 0
}
