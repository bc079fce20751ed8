package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAbsentPointsSayWhy(t *testing.T) {
	const mixture = "the block is a mixture of experts or has no MLP"
	for _, c := range []struct {
		name  string
		point Point
		why   string
	}{
		{"llama", Point{RouterLogits, 0}, "no mixture of experts"},
		{"qwen2moe", Point{MLPPre, 1}, `no weight "blk.1.ffn_down.weight" is multiplied: ` + mixture},
		{"qwen2moe", Point{MLPPost, 1}, mixture},
		{"command-r", Point{ResidMid, 2}, "attention and MLP to the stream at once"},
		{"falcon", Point{ResidMid, 0}, "attention and MLP to the stream at once"},
		{"deci", Point{Q, 1}, `no weight "blk.1.attn_q.weight" is multiplied`},
		{"deci", Point{Pattern, 1}, "this block has no attention"},
		{"deci", Point{Z, 1}, `no weight "blk.1.attn_output.weight" is multiplied`},
		{"deci", Point{AttnOut, 1}, "ffn_inp-1"},
		{"deci", Point{ResidMid, 1}, `the graph has no tensor "ffn_inp-1"`},
		{"deci", Point{Z, 2}, "how many heads"}, // block 2 has a matrix in place of attention
		{"deepseek2", Point{Q, 0}, `no weight "blk.0.attn_q.weight" is multiplied`},
		{"deepseek2", Point{Z, 0}, "how many heads"},
	} {
		m := located(t, c.name)
		_, ok := m.Find(c.point)
		assert.False(t, ok, "%s %s", c.name, c.point)
		assert.Contains(t, m.Absent[c.point], c.why, "%s %s", c.name, c.point)
	}
}

// A block without attention, and one with a matrix in its place.
func TestBlocksWithoutAttention(t *testing.T) {
	m := located(t, "deci")
	assert.Equal(t, lines(`
		resid_pre  l_out-1      ADD     64
		attn_out   wo-2         MUL_MAT 64
		resid_mid  ffn_inp-2    ADD     64
		mlp_pre    ffn_gate-2   MUL_MAT 128
		mlp_post   ffn_swiglu-2 GLU     128
		mlp_out    ffn_out-2    MUL_MAT 64
		resid_post l_out-2      ADD     64`), block(m, 2))
	mlp, ok := m.Find(Point{MLPOut, 1})
	require.True(t, ok)
	assert.Equal(t, "ffn_out-1", mlp.Tensor)
	assert.Equal(t, "l_out-0", m.Read[1].Tensor)
}

// change plants something else in a graph and locates again.
func change(t *testing.T, name string, plant func(*Graph, *Arch)) *Map {
	t.Helper()
	g, a := readGraph(t, name), archOf(t, name)
	plant(g, &a)
	return Locate(g, a, fixtures[name], fixtureTokens, fixtureOutputs)
}

func TestUnfittingNodesAreRefused(t *testing.T) {
	rename := func(from, to string) func(*Graph, *Arch) {
		return func(g *Graph, _ *Arch) { g.Nodes[g.named(from)].Name = to }
	}
	shape := func(name string, shape [4]int) func(*Graph, *Arch) {
		return func(g *Graph, _ *Arch) { g.Nodes[g.named(name)].Shape = shape }
	}
	for _, c := range []struct {
		name  string
		plant func(*Graph, *Arch)
		point Point
		why   string
	}{
		{"llama", rename("l_out-1", "other"), Point{ResidPost, 1}, `the graph has no tensor "l_out-1"`},
		{"llama", rename("l_out-1", "other"), Point{ResidPre, 2}, `the graph has no tensor "l_out-1"`},
		{"llama", rename("result_norm", "other"), Point{Site: FinalNorm}, `the graph has no tensor "result_norm"`},
		{"llama", rename("result_output", "other"), Point{Site: Logits}, `the graph has no tensor "result_output"`},
		{"llama", rename("embd", "other"), Point{Site: Embed}, `the graph has no tensor "embd"`},
		{"llama", rename("kq_soft_max-0", "other"), Point{Pattern, 0}, "flash attention computes no pattern"},
		{"llama", shape("ffn_inp-1", [4]int{64, 3, 1, 1}), Point{ResidMid, 1}, "does not hold one row a token"},
		{"llama", shape("ffn_inp-1", [4]int{64, 2, 2, 1}), Point{ResidMid, 1}, "does not hold one row a token"},
		{"llama", shape("kq_soft_max-1", [4]int{256, 4, 4, 2}), Point{Pattern, 1}, "does not hold one row a token"},
		{"llama", shape("kqv_out-1", [4]int{66, 4, 1, 1}), Point{Z, 1}, "is not cut into 4 heads"},
		{"llama", func(g *Graph, _ *Arch) { g.Nodes[g.named("ffn_swiglu-1")].Op = "SIN" }, Point{MLPPre, 1}, "no activation function that is known here"},
		{"llama", func(g *Graph, _ *Arch) {
			for i := range g.Nodes {
				if g.Nodes[i].Name == "Qcur-1" && g.Nodes[i].Op != "MUL_MAT" {
					g.Nodes[i].Shape = [4]int{7, 1, 1, 1}
				}
			}
		}, Point{Q, 1}, "is not cut into heads"},
		{"gpt2", func(g *Graph, _ *Arch) { g.Nodes[g.named("Vcur-1")].Op = "CONT" }, Point{K, 1}, "is seen in 2 parts, not as q, k and v"},
		{"command-r", func(_ *Graph, a *Arch) { a.MLP = "attn_norm-%d" }, Point{AttnOut, 0}, "does not leave the sum"},
	} {
		m := change(t, c.name, c.plant)
		_, ok := m.Find(c.point)
		assert.False(t, ok, "%s %s", c.name, c.point)
		assert.Contains(t, m.Absent[c.point], c.why, "%s %s", c.name, c.point)
	}
}

func TestDrop(t *testing.T) {
	m := located(t, "llama")
	p := Point{ResidMid, 1}
	points := len(m.Points)
	m.Drop(p, "planted")
	_, ok := m.Find(p)
	assert.False(t, ok)
	assert.Len(t, m.Points, points-1)
	assert.Equal(t, "planted", m.Absent[p])
}

func TestMatches(t *testing.T) {
	for name := range fixtures {
		require.NoError(t, located(t, name).Matches(located(t, name)), name)
	}
	m := located(t, "llama")
	for want, plant := range map[string]func(*Graph, *Arch){
		// In a graph of one token a tensor is missing, has another name, or another number.
		`"blocks.1.hook_mlp_out" is node`:  func(g *Graph, _ *Arch) { g.Nodes[g.named("l_out-1")].Name = "x" },
		`"blocks.1.hook_attn_out" is node`: func(g *Graph, _ *Arch) { g.Nodes[g.named("attn_out-1")].Name = "x" },
		`"hook_embed" is node 0, "embd"`:   func(_ *Graph, a *Arch) { a.Embed = "norm-0" },
		"last cache write at node":         func(g *Graph, _ *Arch) { g.Nodes[len(g.Nodes)-1].Op = "CPY" },
	} {
		assert.ErrorContains(t, m.Matches(change(t, "llama", plant)), want)
	}
	assert.Error(t, m.Matches(located(t, "gpt2")))
}
