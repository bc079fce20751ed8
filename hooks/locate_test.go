package hooks

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where the points of block 1 lie, as describe says it. The others are the same
// in every architecture but for their width: see common.
var insideOfBlock1 = map[string]string{
	"llama": `
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		attn_out attn_out-1 MUL_MAT 64;   resid_mid ffn_inp-1 ADD 64
		mlp_pre ffn_gate-1 MUL_MAT 128;   mlp_post ffn_swiglu-1 GLU 128
		mlp_out ffn_out-1 MUL_MAT 64`,
	"qwen2moe": `
		q Qcur-1 ADD 4x16;                k Kcur-1 ADD 2x16;          v Vcur-1 ADD 2x16
		attn_out - MUL_MAT 64;            resid_mid ffn_inp-1 ADD 64
		router_logits ffn_moe_logits-1 MUL_MAT 4
		mlp_out ffn_out-1 ADD 64`,
	"gemma2": `
		q Qcur-1 MUL_MAT 4x32;            k Kcur-1 MUL_MAT 2x32;      v Vcur-1 MUL_MAT 2x32
		attn_out attn_post_norm-1 MUL 64; resid_mid sa_out-1 ADD 64
		mlp_pre ffn_gate-1 MUL_MAT 128;   mlp_post ffn_geglu-1 GLU 128
		mlp_out ffn_post_norm MUL 64`,
	"phi3": `
		q Qcur-1 VIEW 4x16 by head;       k Kcur-1 VIEW 2x16 by head; v Vcur-1 VIEW 2x16 by head
		attn_out - MUL_MAT 64;            resid_mid - ADD 64
		mlp_pre ffn_up-1 MUL_MAT 128;     mlp_post ffn_swiglu-1 GLU 128
		mlp_out ffn_out-1 MUL_MAT 64`,
	"gpt2": `
		q Qcur-1 VIEW 4x16 by head;       k Kcur-1 VIEW 4x16 by head; v Vcur-1 VIEW 4x16 by head
		attn_out - ADD 64;                resid_mid ffn_inp-1 ADD 64
		mlp_pre ffn_up_b-1 ADD 128;       mlp_post ffn_gelu-1 UNARY 128
		mlp_out ffn_out-1 ADD 64`,
	"command-r": `
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		attn_out - MUL_MAT 64
		mlp_pre ffn_gate-1 MUL_MAT 128;   mlp_post ffn_swiglu-1 GLU 128
		mlp_out ffn_out-1 MUL_MAT 64`,
	"phi2": `
		q Qcur-1 VIEW 4x16 by head;       k Kcur-1 VIEW 4x16 by head; v Vcur-1 VIEW 4x16 by head
		attn_out - ADD 64
		mlp_pre ffn_up_b-1 ADD 128;       mlp_post ffn_gelu-1 UNARY 128
		mlp_out ffn_out-1 ADD 64`,
	"falcon": `
		q Qcur-1 VIEW 4x16 by head;       k Kcur-1 VIEW 1x16 by head; v Vcur-1 VIEW 1x16 by head
		attn_out - MUL_MAT 64
		mlp_pre ffn_up-1 MUL_MAT 128;     mlp_post ffn_gelu-1 UNARY 128
		mlp_out ffn_out-1 MUL_MAT 64`,
	"deci": `
		mlp_pre ffn_gate-1 MUL_MAT 128;   mlp_post ffn_swiglu-1 GLU 128
		mlp_out ffn_out-1 MUL_MAT 64`,
	"gpt-oss": `
		q Qcur-1 ADD 4x32;                k Kcur-1 ADD 2x32;          v Vcur-1 ADD 2x32
		attn_out attn_out-1 ADD 64;       resid_mid ffn_inp-1 ADD 64
		router_logits ffn_moe_probs-1 ADD 4
		mlp_out ffn_moe_out-1 ADD 64`,
	"olmo": `
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		attn_out - MUL_MAT 64;            resid_mid ffn_inp-1 ADD 64
		mlp_pre ffn_gate-1 MUL_MAT 128;   mlp_post ffn_swiglu-1 GLU 128
		mlp_out ffn_out-1 MUL_MAT 64`,
	"nemotron": `
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		attn_out - MUL_MAT 64;            resid_mid ffn_inp-1 ADD 64
		mlp_pre ffn_up-1 MUL_MAT 128;     mlp_post ffn_sqr(relu)-1 SQR 128
		mlp_out - MUL_MAT 64`,
	"deepseek2": `
		attn_out - MUL_MAT 64;            resid_mid ffn_inp-1 ADD 64
		router_logits ffn_moe_logits-1 MUL_MAT 4
		mlp_out ffn_out-1 ADD 64`,
}

func TestBlock1(t *testing.T) {
	require.Len(t, insideOfBlock1, len(fixtures))
	for name, table := range insideOfBlock1 {
		common := []string{"resid_pre l_out-0 ADD 64", "resid_post l_out-1 ADD 64"}
		if name != "deci" { // whose block 1 has no attention
			common = append(common, "pattern kq_soft_max-1 SOFT_MAX 4x256 by key")
		}
		switch name {
		case "gemma2", "gpt-oss":
			common = append(common, "z kqv_out-1 CONT 4x32")
		case "deci", "deepseek2":
		default:
			common = append(common, "z kqv_out-1 CONT 4x16")
		}
		want := append(common, lines(strings.ReplaceAll(table, ";", "\n"))...)
		assert.ElementsMatch(t, want, block(located(t, name), 1), name)
	}
}

// Which of the nodes of a name a point is, the rows of its weight tell.
func TestProjectionsAreWhatTheirWeightsGive(t *testing.T) {
	for name, layers := range fixtures {
		m := located(t, name)
		g := m.Graph
		for n := range layers {
			for site, weight := range map[Site]string{Q: "attn_q", K: "attn_k", V: "attn_v"} {
				l, ok := m.Find(Point{site, n})
				if !ok {
					continue
				}
				node := l.Node
				if l.Layout == ByHead { // a part of what W_QKV gives
					node, weight = g.input(node, 0), "attn_qkv"
				}
				if g.is(node, "ADD") {
					assert.Contains(t, g.leaf(node, 1), weight+".bias", name)
					node = g.input(node, 0)
				}
				assert.True(t, g.is(node, "MUL_MAT"), "%s %s", name, l)
				assert.Contains(t, g.leaf(node, 0), weight+".weight", name)
			}
		}
	}
}

func TestPartsOfAFusedProjection(t *testing.T) {
	for name, offsets := range map[string][3]int{ // bytes: 4 a float, 16 floats a head
		"phi3": {0, 256, 384}, "gpt2": {0, 256, 512}, "phi2": {0, 256, 512}, "falcon": {0, 256, 320},
	} {
		m := located(t, name)
		for i, site := range []Site{Q, K, V} {
			l, ok := m.Find(Point{site, 2})
			require.True(t, ok)
			assert.Equal(t, offsets[i], m.Graph.Nodes[l.Node].Offset, "%s %s", name, l)
		}
	}
}

// The gate comes before what it gates, in Phi 3's one matrix: its first half.
func TestHalvesOfAGatedMatrix(t *testing.T) {
	m := located(t, "phi3")
	l, ok := m.Find(Point{MLPPre, 1})
	require.True(t, ok)
	assert.Equal(t, 256, m.Graph.Nodes[l.Node].Shape[0])
	assert.Equal(t, []int{128}, l.Shape)
	assert.Zero(t, l.Skip)

	g := readGraph(t, "phi3")
	glu := slices.IndexFunc(g.Nodes, func(n Node) bool { return n.Name == "ffn_swiglu-1" })
	g.Nodes[glu].Params[1] = 1 // swapped, as ggml_swiglu_swapped says it
	l, ok = Locate(g, archOf(t, "phi3"), 3, fixtureTokens, fixtureOutputs).Find(Point{MLPPre, 1})
	require.True(t, ok)
	assert.Equal(t, 128, l.Skip)
	assert.Equal(t, 128, l.Width())
}
