package capture

import (
	"context"
	"fmt"
	"math"

	"intentprobe/models"
)

// Fidelity says how far the activations of one weights mode are from those of
// float32: the smallest cosine and the largest relative distance of any
// resid_post over the tokens of a prompt. How quantised products round is up to the
// CPU's kernels, so a figure belongs to its CPU.
type Fidelity struct {
	CPU      string  `json:"cpu"`
	Weights  string  `json:"weights"`
	Against  string  `json:"against"`
	Cosine   float64 `json:"smallest_cosine"`
	Distance float64 `json:"largest_relative_distance"`
}

// fidelityTokens is how many tokens are compared.
const fidelityTokens = 64

// residuals gives the output of every block for the first tokens of the long
// prompt: [tokens][d_model] a block.
func (b *Bench) residuals(ctx context.Context) ([][][]float32, error) {
	spec := b.spec([]string{"resid_post"}, 0)
	w, err := b.way(ctx, spec, b.long[:min(fidelityTokens, len(b.long))])
	if err != nil {
		return nil, err
	}
	defer w.close()
	plan, err := w.p.hookPlan(w.m)
	if err != nil {
		return nil, err
	}
	if err := w.engine.SetPlan(plan); err != nil {
		return nil, err
	}
	tokens := w.p.Jobs[0].Tokens()
	seen := newSighting(plan, len(tokens))
	defer seen.unpin()
	var batch models.Batch
	for i, t := range tokens {
		batch.Add(t, i, 0, true)
	}
	if err := w.engine.Decode(ctx, &batch, models.Extent{}, seen.targets); err != nil {
		return nil, err
	}
	var out [][][]float32
	for i := range plan.Points {
		out = append(out, seen.column(i))
	}
	return out, nil
}

// Fidelity compares this bench's weights with those of another, finer one.
func (b *Bench) Fidelity(ctx context.Context, finer *Bench) (Fidelity, error) {
	f := Fidelity{CPU: models.CPUName(), Weights: b.weights, Against: finer.weights, Cosine: 1}
	mine, err := b.residuals(ctx)
	if err != nil {
		return f, err
	}
	theirs, err := finer.residuals(ctx)
	if err != nil {
		return f, err
	}
	for layer := range mine {
		for token := range mine[layer] {
			cosine, distance := closeness(mine[layer][token], theirs[layer][token])
			f.Cosine, f.Distance = min(f.Cosine, cosine), max(f.Distance, distance)
		}
	}
	return f, nil
}

// closeness gives the cosine of two vectors and their distance relative to the
// second.
func closeness(x, y []float32) (cosine, distance float64) {
	var xy, xx, yy, dd float64
	for i := range x {
		a, b := float64(x[i]), float64(y[i])
		xy, xx, yy, dd = xy+a*b, xx+a*a, yy+b*b, dd+(a-b)*(a-b)
	}
	if xx == 0 || yy == 0 {
		return 1, 0
	}
	return xy / math.Sqrt(xx*yy), math.Sqrt(dd / yy)
}

// Against compares how fast two weights modes decode and prefill, plainly.
func (b *Bench) Against(ctx context.Context, other *Bench, tell func(Comparison)) error {
	for _, work := range []struct {
		name   string
		tokens int
		long   bool
	}{{"decode", b.decode / 4, false}, {"prefill", 0, true}} {
		var ways [2]*way
		for i, bench := range []*Bench{b, other} {
			prompt := bench.prompt
			if work.long {
				prompt = bench.long
			}
			w, err := bench.way(ctx, bench.spec([]string{"resid_post:-1"}, work.tokens), prompt)
			if err != nil {
				return err
			}
			defer w.close()
			ways[i] = w
		}
		n := len(ways[0].p.Jobs[0].Tokens()) + work.tokens
		c, err := b.compare(fmt.Sprintf("weights, %s", work.name), b.weights, other.weights, n,
			func() error { return ways[0].plain(ctx) }, func() error { return ways[1].plain(ctx) })
		if err != nil {
			return err
		}
		tell(c)
	}
	return nil
}
