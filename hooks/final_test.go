package hooks

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listed are weights that a test writes down.
type listed map[string][][]float32

func (w listed) Row(name string, i int) ([]float32, error) {
	if rows, ok := w[name]; ok {
		return rows[i], nil
	}
	return nil, errors.New("no " + name)
}

// chain is a graph in which each node works on the one before; a step with a leaf
// has it as its other input. The first is the last resid_post.
func chain(steps ...link) *Map {
	g := &Graph{Nodes: []Node{{Name: "l_out-0", Op: "ADD"}}}
	m := &Map{Layers: 1, Graph: g, Absent: map[Point]string{}, Points: []Located{{Point: Point{ResidPost, 0}, Shape: []int{2}}}}
	for i, s := range steps {
		n := Node{Name: s.op, Op: s.op, Inputs: []int{i}}
		for k, p := range s.params {
			n.Params[k] = int32(math.Float32bits(p))
		}
		if s.leaf != "" {
			g.Leaves = append(g.Leaves, s.leaf)
			leaf := -len(g.Leaves)
			n.Inputs = append(n.Inputs, leaf)
			if s.op == "MUL_MAT" {
				n.Inputs = []int{leaf, i}
			}
		}
		g.Nodes = append(g.Nodes, n)
		if s.point != 0 {
			m.Points = append(m.Points, Located{Point: Point{Site: s.point}, Node: i + 1, Tensor: s.op})
		}
	}
	return m
}

type link struct {
	op, leaf string
	params   []float32
	point    Site // 0: none
}

var finalWeights = listed{
	"weight": {{2, 10}}, "bias": {{1, -1}}, "short": {{2}},
	"head": {{1, 0}, {0, 1}, {1, 1}}, "head.bias": {{0.5, 0, -0.5}}, "narrow": {{1}, {1}, {1}},
}

func TestFinalNorm(t *testing.T) {
	rms, layer := link{op: "RMS_NORM", params: []float32{0}}, link{op: "NORM", params: []float32{0}}
	mul, add := link{op: "MUL", leaf: "weight"}, link{op: "ADD", leaf: "bias"}
	r := float32(math.Sqrt(12.5)) // of 3, 4: the root of (9 + 16) / 2
	for _, c := range []struct {
		steps []link
		want  []float32 // of 3, 4
	}{
		{[]link{rms}, []float32{3 / r, 4 / r}},
		{[]link{rms, mul}, []float32{6 / r, 40 / r}},
		{[]link{rms, mul, add}, []float32{6/r + 1, 40/r - 1}},
		{[]link{rms, add}, []float32{3/r + 1, 4/r - 1}},
		{[]link{layer}, []float32{-1, 1}},
		{[]link{layer, mul}, []float32{-2, 10}},
		{[]link{layer, mul, add}, []float32{-1, 9}},
		{[]link{{op: "RMS_NORM", params: []float32{12.5}}}, []float32{3. / 5, 4. / 5}},               // epsilon: the root of 12.5 + 12.5
		{[]link{{op: "NORM", params: []float32{0.75}}, mul, add}, []float32{-0.5*2 + 1, 0.5*10 - 1}}, // the root of 0.25 + 0.75
	} {
		c.steps[len(c.steps)-1].point = FinalNorm
		got, err := chain(c.steps...).finalNorm([][]float32{{3, 4}}, finalWeights)
		require.NoError(t, err)
		assert.InDeltaSlice(t, c.want, got[0], 1e-6, "%v", c.steps)
		c.steps[len(c.steps)-1].point = 0
	}
}

func TestFinalNormThatIsNotKnown(t *testing.T) {
	for _, c := range []struct {
		steps []link
		why   string
	}{
		{[]link{{op: "L2_NORM", point: FinalNorm}}, "no norm that is known here"},
		{[]link{{op: "MUL", leaf: "weight", point: FinalNorm}}, "no norm that is known here"},
		{[]link{{op: "NORM"}, {op: "ADD", leaf: "none", point: FinalNorm}}, "no none"},
		{[]link{{op: "NORM"}, {op: "MUL", leaf: "none", point: FinalNorm}}, "no none"},
		{[]link{{op: "NORM"}, {op: "MUL", leaf: "short", point: FinalNorm}}, "of another width"},
		{[]link{{op: "NORM"}}, "not in the graph"},
	} {
		m := chain(c.steps...)
		_, err := m.finalNorm([][]float32{{3, 4}}, finalWeights)
		assert.ErrorContains(t, err, c.why)
		ids := m.checkEnd(func(Site, int) [][]float32 { return [][]float32{{3, 4}} }, finalWeights, nil)
		assert.Contains(t, ids[0].Fault, c.why)
		assert.False(t, ids[0].Holds())
	}
	_, err := chain(link{op: "NORM", point: FinalNorm}).finalNorm(nil, finalWeights)
	assert.ErrorIs(t, err, errNoRows)
}

// ln_final is 2, 3 and the head has three tokens: 2, 3 and 5, and what comes behind.
func TestUnembedding(t *testing.T) {
	norm, head := link{op: "NORM", point: FinalNorm}, link{op: "MUL_MAT", leaf: "head"}
	tanh, bias := link{op: "UNARY"}, link{op: "ADD", leaf: "head.bias"}
	scale := func(by, shift float32) link { return link{op: "SCALE", params: []float32{by, shift}} }
	th := func(x float64) float32 { return float32(math.Tanh(x)) }
	for _, c := range []struct {
		steps []link
		want  []float32
	}{
		{nil, []float32{2, 3, 5}},
		{[]link{scale(0.5, 0)}, []float32{1, 1.5, 2.5}},
		{[]link{scale(0.5, 1)}, []float32{2, 2.5, 3.5}},
		{[]link{bias}, []float32{2.5, 3, 4.5}},
		{[]link{scale(2, 0), bias}, []float32{4.5, 6, 9.5}},
		{[]link{bias, scale(2, 0)}, []float32{5, 6, 9}},
		{[]link{scale(1./30, 0), tanh, scale(30, 0)}, []float32{30 * th(2./30), 30 * th(3./30), 30 * th(5./30)}}, // Gemma 2
	} {
		steps := append([]link{norm, head}, c.steps...)
		steps[len(steps)-1].point = Logits
		logits := [][]float32{{-1, -2, -3}}
		computed, sampled, err := chain(steps...).unembed([][]float32{{2, 3}}, finalWeights, logits)
		require.NoError(t, err)
		assert.InDeltaSlice(t, c.want, computed[0], 1e-6, "%v", c.steps)
		assert.Equal(t, logits, sampled, "of a small vocabulary every token")
	}
}

func TestUnembeddingThatIsNotKnown(t *testing.T) {
	norm := link{op: "NORM", point: FinalNorm}
	for _, c := range []struct {
		steps  []link
		logits [][]float32
		why    string
	}{
		{[]link{norm, {op: "MUL_MAT", leaf: "head"}, {op: "ROPE", point: Logits}}, [][]float32{{1, 2, 3}}, "graph operation ROPE between unembedding and logits"},
		{[]link{norm, {op: "MUL_MAT", leaf: "none", point: Logits}}, [][]float32{{1, 2, 3}}, "no none"},
		{[]link{norm, {op: "MUL_MAT", leaf: "head"}, {op: "ADD", leaf: "none", point: Logits}}, [][]float32{{1, 2, 3}}, "no none"},
		{[]link{norm, {op: "MUL_MAT", leaf: "narrow", point: Logits}}, [][]float32{{1, 2, 3}}, "rows of 1, ln_final of 2"},
		{[]link{norm, {op: "MUL_MAT", leaf: "head"}}, [][]float32{{1, 2, 3}}, "not in the graph"},
		{[]link{norm, {op: "MUL_MAT", leaf: "head", point: Logits}}, nil, "not in the graph"},
		{[]link{norm, {op: "MUL_MAT", leaf: "head", point: Logits}}, [][]float32{{1, 2, 3}, {1, 2, 3}}, "not in the graph"},
	} {
		_, _, err := chain(c.steps...).unembed([][]float32{{2, 3}}, finalWeights, c.logits)
		assert.ErrorContains(t, err, c.why)
	}
}

// Of a large vocabulary a sample is taken, spread over all of it.
func TestSampleOfTheLogits(t *testing.T) {
	rows, logits := make([][]float32, 1000), [][]float32{make([]float32, 1000)}
	for i := range rows {
		rows[i] = []float32{float32(i), 0}
		logits[0][i] = float32(i)
	}
	m := chain(link{op: "NORM", point: FinalNorm}, link{op: "MUL_MAT", leaf: "head", point: Logits})
	computed, sampled, err := m.unembed([][]float32{{1, 1}}, listed{"head": rows}, logits)
	require.NoError(t, err)
	assert.Equal(t, sampled, computed)
	assert.Len(t, sampled[0], sampledLogits)
	assert.Zero(t, sampled[0][0])
	assert.Greater(t, sampled[0][sampledLogits-1], float32(980))
	for i := 1; i < sampledLogits; i++ {
		assert.Greater(t, sampled[0][i], sampled[0][i-1])
	}
}
