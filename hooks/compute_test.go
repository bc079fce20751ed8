package hooks

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// random gives n numbers that depend on a name alone.
func random(name string, n int) []float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

// fakeWeights are random: vectors of width floats, matrices with rows of as many,
// and a bias of the logits.
type fakeWeights struct{ width, vocabulary int }

func (w fakeWeights) Row(name string, i int) ([]float32, error) {
	if name == "" || i < 0 || i >= w.vocabulary {
		return nil, fmt.Errorf("no row %d of %q", i, name)
	}
	if name == "output.bias" {
		return random(name, w.vocabulary), nil
	}
	return random(fmt.Sprint(name, i), w.width), nil
}

// engine is what a decode of all tokens with their output flag leaves: rows of
// every node. Sums, norms, the unembedding and what comes behind it are computed;
// all other nodes hold random numbers.
type engine struct {
	t testing.TB
	m *Map
	w fakeWeights
	x [][][]float32 // [node][token][]
}

func compute(t testing.TB, m *Map) *engine {
	e := &engine{t: t, m: m, x: make([][][]float32, len(m.Graph.Nodes))}
	e.w = fakeWeights{m.Graph.Nodes[0].Shape[0], m.Graph.Nodes[len(m.Graph.Nodes)-1].Shape[0]}
	for i := range e.x {
		for token := range fixtureTokens {
			e.x[i] = append(e.x[i], e.node(i, token))
		}
	}
	return e
}

func (e *engine) row(name string) []float32 {
	row, err := e.w.Row(name, 0)
	require.NoError(e.t, err)
	return row
}

func (e *engine) node(i, token int) []float32 {
	g := e.m.Graph
	n := g.Nodes[i]
	in := func(k int) []float32 {
		if j := g.input(i, k); j >= 0 {
			return e.x[j][token]
		}
		return nil
	}
	each := func(f func(j int, x float32) float32) []float32 {
		out := append([]float32(nil), in(0)...)
		for j, x := range out {
			out[j] = f(j, x)
		}
		return out
	}
	parameter := func(k int) float32 { return math.Float32frombits(uint32(n.Params[k])) }
	ofModel := n.Shape[0] == e.w.width && g.input(i, 0) >= 0
	switch leaf := g.leaf(i, 1); {
	case ofModel && (n.Op == "GET_ROWS" || n.Op == "RESHAPE" && g.Nodes[g.input(i, 0)].Shape[0] == n.Shape[0]):
		return in(0)
	case n.Op == "MUL" && ofModel && strings.HasSuffix(leaf, "layer_output_scale.weight"):
		scale := e.row(leaf)[0]
		return each(func(_ int, x float32) float32 { return x * scale })
	case n.Op == "GET_ROWS" && g.leaf(i, 0) == "token_embd.weight":
		row, err := e.w.Row(g.leaf(i, 0), token)
		require.NoError(e.t, err)
		return row
	case n.Op == "SCALE" && ofModel && n.Shape[0] != e.w.vocabulary:
		return each(func(_ int, x float32) float32 { return parameter(0)*x + parameter(1) })
	case n.Op == "ADD" && ofModel && leaf == "" && len(in(1)) == e.w.width:
		return each(func(j int, x float32) float32 { return x + in(1)[j] })
	case n.Op == "RMS_NORM" && ofModel, n.Op == "NORM" && ofModel:
		mean, square := 0.0, 0.0
		for _, x := range in(0) {
			mean += float64(x) / float64(e.w.width)
			square += float64(x) * float64(x) / float64(e.w.width)
		}
		if n.Op == "RMS_NORM" {
			mean = 0
		}
		return each(func(_ int, x float32) float32 {
			return float32((float64(x) - mean) / math.Sqrt(square-mean*mean+float64(parameter(0))))
		})
	case n.Op == "MUL" && ofModel && strings.HasSuffix(leaf, "norm.weight"):
		w := e.row(leaf)
		return each(func(j int, x float32) float32 { return x * w[j] })
	case n.Op == "ADD" && ofModel && strings.HasSuffix(leaf, "norm.bias"), n.Op == "ADD" && leaf == "output.bias":
		w := e.row(leaf)
		return each(func(j int, x float32) float32 { return x + w[j] })
	case n.Op == "MUL_MAT" && n.Shape[0] == e.w.vocabulary:
		out := make([]float32, e.w.vocabulary)
		for v := range out {
			row, err := e.w.Row(g.leaf(i, 0), v)
			require.NoError(e.t, err)
			for j, x := range in(1) {
				out[v] += x * row[j]
			}
		}
		return out
	case n.Op == "SCALE" && n.Shape[0] == e.w.vocabulary:
		return each(func(_ int, x float32) float32 { return parameter(0)*x + parameter(1) })
	case n.Op == "UNARY" && n.Shape[0] == e.w.vocabulary:
		return each(func(_ int, x float32) float32 { return float32(math.Tanh(float64(x))) })
	}
	return random(fmt.Sprint(n.Name, n.Op, i, token), n.Shape[0])
}

// values gives what Check reads.
func (e *engine) values(l Located) [][]float32 { return e.x[l.Node] }

// check checks a map, which may be a wrong one, on what this engine computed.
func (e *engine) check(m *Map) []Identity {
	tokens := make([]int32, fixtureTokens)
	for i := range tokens {
		tokens[i] = int32(i)
	}
	return m.Check(tokens, e.values, e.w, e.x[len(e.x)-1])
}

// failed lists identities that do not hold.
func failed(ids []Identity) []string {
	out := []string{}
	for _, id := range ids {
		if !id.Holds() {
			out = append(out, fmt.Sprintf("%d %s", id.Layer, id.Name))
		}
	}
	return out
}
