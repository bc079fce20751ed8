package hooks

import (
	"errors"
	"fmt"
	"math"
)

// finalNorm applies the norm that the graph ends with, with the model's weights,
// to rows of the last resid_post.
func (m *Map) finalNorm(rows [][]float32, w Weights) ([][]float32, error) {
	if rows == nil {
		return nil, errNoRows
	}
	g := m.Graph
	l, ok := m.Find(Point{Site: FinalNorm})
	if !ok {
		return nil, errNoRows
	}
	// From the result back to the norm: [rows of outputs] [+ bias] [* weight] norm.
	node, weight, bias := g.rows(l.Node), "", ""
	if g.is(node, "ADD") && g.leaf(node, 1) != "" {
		node, bias = g.input(node, 0), g.leaf(node, 1)
	}
	if g.is(node, "MUL") && g.leaf(node, 1) != "" {
		node, weight = g.input(node, 0), g.leaf(node, 1)
	}
	if !g.is(node, "RMS_NORM", "NORM") {
		return nil, fmt.Errorf("graph tensor %q is the result of no norm that is known here", l.Tensor)
	}
	scale, err := vector(w, weight)
	if err != nil {
		return nil, err
	}
	shift, err := vector(w, bias)
	if err != nil {
		return nil, err
	}
	eps := float64(math.Float32frombits(uint32(g.Nodes[node].Params[0])))
	out := make([][]float32, len(rows))
	for i, row := range rows {
		if scale != nil && len(scale) != len(row) || shift != nil && len(shift) != len(row) {
			return nil, fmt.Errorf("the final norm is of another width than the last resid_post, which has %d", len(row))
		}
		out[i] = normalise(row, g.is(node, "NORM"), eps, scale, shift)
	}
	return out, nil
}

// normalise is LayerNorm (Ba et al. 2016, eq. 4) where centre is set, RMSNorm
// (Zhang and Sennrich 2019, eq. 4) where it is not.
func normalise(x []float32, centre bool, eps float64, scale, shift []float32) []float32 {
	mean, square := 0.0, 0.0
	if centre {
		for _, v := range x {
			mean += float64(v)
		}
		mean /= float64(len(x))
	}
	for _, v := range x {
		square += (float64(v) - mean) * (float64(v) - mean)
	}
	factor := 1 / math.Sqrt(square/float64(len(x))+eps)
	out := make([]float32, len(x))
	for i, v := range x {
		y := (float64(v) - mean) * factor
		if scale != nil {
			y *= float64(scale[i])
		}
		if shift != nil {
			y += float64(shift[i])
		}
		out[i] = float32(y)
	}
	return out
}

func vector(w Weights, name string) ([]float32, error) {
	if name == "" {
		return nil, nil
	}
	return w.Row(name, 0)
}

// sampledLogits is how many rows of the unembedding are multiplied.
const sampledLogits = 64

// unembed computes a sample of logits from rows of ln_final, and picks the same
// ones from the engine's.
func (m *Map) unembed(rows [][]float32, w Weights, logits [][]float32) (computed, sampled [][]float32, err error) {
	l, ok := m.Find(Point{Site: Logits})
	if rows == nil || !ok || len(logits) != len(rows) || len(logits) == 0 {
		return nil, nil, errNoRows
	}
	steps, product, err := m.afterUnembedding(l.Node)
	if err != nil {
		return nil, nil, err
	}
	weight := m.Graph.leaf(product, 0)
	vocabulary := len(logits[0])
	computed, sampled = make([][]float32, len(rows)), make([][]float32, len(rows))
	for k := range min(sampledLogits, vocabulary) {
		token := k * vocabulary / min(sampledLogits, vocabulary)
		u, err := w.Row(weight, token)
		if err != nil {
			return nil, nil, err
		}
		for i, row := range rows {
			if len(u) != len(row) {
				return nil, nil, fmt.Errorf("%q has rows of %d, ln_final of %d", weight, len(u), len(row))
			}
			x := 0.0
			for j := range row {
				x += float64(row[j]) * float64(u[j])
			}
			for s := len(steps) - 1; s >= 0; s-- {
				if x, err = steps[s](x, token, w); err != nil {
					return nil, nil, err
				}
			}
			computed[i] = append(computed[i], float32(x))
			sampled[i] = append(sampled[i], logits[i][token])
		}
	}
	return computed, sampled, nil
}

// step is what a graph does to the logit of one token after the unembedding.
type step func(x float64, token int, w Weights) (float64, error)

// afterUnembedding walks from the logits back to the product with the
// unembedding matrix: scales, caps (Gemma 2) and biases. The last step comes first.
func (m *Map) afterUnembedding(node int) (steps []step, product int, err error) {
	g := m.Graph
	for ; node >= 0; node = g.input(node, 0) {
		switch n := g.Nodes[node]; {
		case n.Op == "MUL_MAT" && g.leaf(node, 0) != "":
			return steps, node, nil
		case n.Op == "SCALE":
			factor, shift := float64(math.Float32frombits(uint32(n.Params[0]))), float64(math.Float32frombits(uint32(n.Params[1])))
			steps = append(steps, func(x float64, _ int, _ Weights) (float64, error) { return factor*x + shift, nil })
		case n.Op == "UNARY": // the only one here is tanh; another would show in the error
			steps = append(steps, func(x float64, _ int, _ Weights) (float64, error) { return math.Tanh(x), nil })
		case g.adapts(node): // the rows of Weights have it
		case n.Op == "ADD" && g.leaf(node, 1) != "":
			bias := g.leaf(node, 1)
			steps = append(steps, func(x float64, token int, w Weights) (float64, error) {
				b, err := w.Row(bias, 0)
				if err != nil {
					return 0, err
				}
				return x + float64(b[token]), nil
			})
		default:
			return nil, 0, fmt.Errorf("graph operation %s between unembedding and logits is not known here", n.Op)
		}
	}
	return nil, 0, errors.New("the logits are no product with a weight")
}
