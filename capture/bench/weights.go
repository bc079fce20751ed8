package bench

import (
	"context"
	"math"

	"intentprobe/capture"
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

// residuals gives the output of every block for the first tokens of the long prompt:
// by hook point, [tokens][d_model].
func (m *Model) residuals(ctx context.Context) (map[string][][]float32, error) {
	w, err := m.way(ctx, m.spec([]string{"resid_post"}, 0), m.long[:min(fidelityTokens, len(m.long))])
	if err != nil {
		return nil, err
	}
	defer w.close()
	var rows capture.MemorySink
	if err := w.into(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[string][][]float32{}
	for _, row := range rows.Samples[0].Tokens {
		for point, values := range row.Activations {
			out[point] = append(out[point], values)
		}
	}
	return out, nil
}

// FidelityTo compares the model's weights with those of another, finer one.
func (m *Model) FidelityTo(ctx context.Context, finer *Model) (Fidelity, error) {
	f := Fidelity{CPU: models.CPUName(), Weights: m.opt.Engine.Weights, Against: finer.opt.Engine.Weights, Cosine: 1}
	mine, err := m.residuals(ctx)
	if err != nil {
		return f, err
	}
	theirs, err := finer.residuals(ctx)
	if err != nil {
		return f, err
	}
	for point := range mine {
		for token := range mine[point] {
			cosine, distance := closeness(mine[point][token], theirs[point][token])
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
func (m *Model) Against(ctx context.Context, other *Model, tell func(Timing)) error {
	for _, work := range []struct {
		name   string
		tokens int
		long   bool
	}{{"decode", m.decode / 4, false}, {"prefill", 0, true}} {
		var ways [2]*way
		for i, of := range []*Model{m, other} {
			prompt := of.prompt
			if work.long {
				prompt = of.long
			}
			w, err := of.way(ctx, of.spec([]string{"resid_post:-1"}, work.tokens), prompt)
			if err != nil {
				return err
			}
			defer w.close()
			ways[i] = w
		}
		n := len(ways[0].plan.Jobs[0].Tokens()) + work.tokens
		t, err := m.timing("weights, "+work.name, m.opt.Engine.Weights, other.opt.Engine.Weights, n,
			func() error { return ways[0].plain(ctx) }, func() error { return ways[1].plain(ctx) })
		if err != nil {
			return err
		}
		tell(t)
	}
	return nil
}
