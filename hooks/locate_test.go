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

// Block 1 of those that mix tokens otherwise, have gates or name the stream
// otherwise, whole.
var wholeBlock1 = map[string]string{
	"qwen35": `
		resid_pre l_out-0 ADD 64;         pattern kq_soft_max-1 SOFT_MAX 4x256 by key
		q Qcur_reshaped-1 VIEW 4x16 by head; k Kcur-1 MUL_MAT 2x16;   v Vcur-1 MUL_MAT 2x16
		z attn_gated-1 MUL 4x16;          attn_out attn_output-1 MUL_MAT 64
		resid_mid attn_residual-1 ADD 64; mlp_pre ffn_gate-1 MUL_MAT 128
		mlp_post ffn_swiglu-1 GLU 128;    mlp_out ffn_out-1 MUL_MAT 64
		resid_post l_out-1 ADD 64`,
	"gemma4": `
		resid_pre l_out-0 MUL 64;         pattern kq_soft_max-1 SOFT_MAX 4x256 by key
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		z kqv_out-1 CONT 4x16;            attn_out attn_post_norm-1 MUL 64
		resid_mid attn_out-1 ADD 64;      mlp_pre ffn_gate-1 MUL_MAT 128
		mlp_post ffn_geglu-1 GLU 128;     mlp_out ffn_post_norm-1 MUL 64
		per_layer_out per_layer_embd_out-1 MUL 64
		resid_post l_out-1 MUL 64`,
	"falcon-h1": `
		resid_pre l_out-0 ADD 64;         pattern kq_soft_max-1 SOFT_MAX 4x256 by key
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		z kqv_out-1 CONT 4x16;            mixer_out layer_out-1 ADD 64
		resid_mid ffn_inp-1 ADD 64;       mlp_pre ffn_gate-1 MUL_MAT 128
		mlp_post ffn_swiglu-1 GLU 128;    mlp_out ffn_out-1 MUL_MAT 64
		resid_post l_out-1 ADD 64`,
	"nemotron_h": `
		resid_pre nemotron_h_block_out-0 ADD 64
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		pattern kq_soft_max-1 SOFT_MAX 4x256 by key
		z kqv_out-1 CONT 4x16;            attn_out attn_out-1 MUL_MAT 64
		resid_post nemotron_h_block_out-1 ADD 64`,
	"lfm2": `
		resid_pre l_out-0 ADD 64;         pattern kq_soft_max-1 SOFT_MAX 4x256 by key
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		z kqv_out-1 CONT 4x16
		attn_out model.layers.{}.self_attn.out_proj-1 MUL_MAT 64
		resid_mid - ADD 64;               mlp_pre ffn_gate-1 MUL_MAT 128
		mlp_post ffn_swiglu-1 GLU 128;    mlp_out - MUL_MAT 64
		resid_post l_out-1 ADD 64`,
	"rwkv7": `
		resid_pre l_out-0 ADD 64;         mixer_out - MUL_MAT 64
		resid_mid ffn_inp-1 ADD 64;       mlp_out - MUL_MAT 64
		resid_post l_out-1 ADD 64`,
	"step35": `
		resid_pre attn_norm_in-1 ADD 64;  pattern kq_soft_max-1 SOFT_MAX 4x256 by key
		q Qcur-1 MUL_MAT 4x16;            k Kcur-1 MUL_MAT 2x16;      v Vcur-1 MUL_MAT 2x16
		z attn_gated-1 RESHAPE 4x16;      attn_out attn_proj-1 MUL_MAT 64
		resid_mid ffn_inp-1 ADD 64;       router_logits ffn_moe_logits-1 MUL_MAT 4
		mlp_out ffn_out-1 ADD 64;         resid_post attn_norm_in-2 ADD 64`,
}

func TestWholeBlock1(t *testing.T) {
	for name, table := range wholeBlock1 {
		assert.ElementsMatch(t, lines(strings.ReplaceAll(table, ";", "\n")), block(located(t, name), 1), name)
	}
}

// Blocks without attention: a state alone, and beside nothing; a convolution; the
// delta rule, whose projection is fused as an attention's would be.
func TestMixers(t *testing.T) {
	for name, want := range map[string]string{
		"nemotron_h": "mixer_out mamba_out-0 MUL_MAT 64",
		"lfm2":       "mixer_out model.layers.{}.conv.out_proj-0 MUL_MAT 64",
		"qwen35":     "mixer_out linear_attn_out-0 MUL_MAT 64",
		"rwkv7":      "mixer_out - MUL_MAT 64",
	} {
		m := located(t, name)
		found := block(m, 0)
		assert.Contains(t, found, want, name)
		for _, site := range []Site{Q, K, V, Pattern, Z, AttnOut} {
			_, ok := m.Find(Point{site, 0})
			assert.False(t, ok, "%s %s", name, Point{site, 0})
			assert.NotEmpty(t, m.Absent[Point{site, 0}], name)
		}
	}
}

func TestBlock1(t *testing.T) {
	require.Len(t, fixtures, len(insideOfBlock1)+len(wholeBlock1))
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
				if l.Layout == ByHead { // a part of what W_QKV gives, or W_Q with a gate
					node = g.input(node, 0)
					if name != "qwen35" {
						weight = "attn_qkv"
					}
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
