package models

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// The identities, as hooks names them.
const (
	toMid    = "resid_pre + attn_out = resid_mid"
	toPost   = "resid_mid + mlp_out = resid_post"
	onlyMLP  = "resid_pre + mlp_out = resid_post"
	toNext   = "resid_post(N-1) = resid_pre(N)"
	toMixed  = "resid_pre + mixer_out = resid_mid"
	oneThing = "resid_pre + attn_out = resid_post"
	toNorm   = "final norm of the last resid_post = ln_final"
	toLogits = "unembedding of ln_final = logits"
)

// fileWeights reads what identities need from the model's file.
type fileWeights string

func (path fileWeights) Row(name string, i int) ([]float32, error) {
	tensor, err := OpenTensor(string(path), name)
	if err != nil {
		return nil, err
	}
	defer tensor.Close()
	return tensor.Row(i)
}

// survey locates points by a table, which may be a wrong one, decodes once, and
// checks the identities on what the engine left at them.
func survey(t *testing.T, c *Context, change ...func(*hooks.Arch)) (*hooks.Map, []hooks.Identity) {
	t.Helper()
	m := locate(t, c, change...)
	p := &hooks.Plan{Reads: append(append([]hooks.Located{}, m.Points...), m.Read...)}
	require.NoError(t, c.SetPlan(p))
	b := batchOf(prompt, 0, 0)
	s := capture(t, c, b)
	defer c.Clear()
	values := func(l hooks.Located) [][]float32 {
		for i, q := range p.Reads {
			if q.Point == l.Point && q.Node == l.Node {
				return s.rows(i, b.Len())
			}
		}
		return nil
	}
	var all [][]float32
	for i := range prompt {
		row, err := c.Logits(i)
		require.NoError(t, err)
		all = append(all, row)
	}
	return m, m.Check(prompt, values, fileWeights(c.model.Facts().Path), all)
}

func broken(ids []hooks.Identity) []string {
	out := []string{}
	for _, id := range ids {
		if !id.Holds() {
			out = append(out, fmt.Sprintf("%d %s", id.Layer, id.Name))
		}
	}
	return out
}

func TestIdentitiesHoldOnTheEngine(t *testing.T) {
	for _, arch := range append(architectures, "command-r", "phi2", "qwen2moe", "gpt-oss", "deci", "olmo", "granite", "minicpm",
		"qwen35", "gemma4", "falcon-h1", "nemotron_h_moe", "lfm2", "rwkv7", "step35", "mamba", "kimi-linear", "cohere2moe-routed") {
		m, ids := survey(t, newContext(t, load(t, arch), exact))
		assert.Empty(t, broken(ids), arch)
		for _, id := range ids {
			assert.Less(t, id.Error, 1e-5, "%s: %s", arch, id)
		}
		points := len(m.Points)
		m.Refuse(ids)
		assert.Len(t, m.Points, points)
	}
}

// Quantised weights are the same numbers to the norm, and to the unembedding as
// far as ggml rounds what it multiplies with them.
func TestIdentitiesHoldWithQuantisedWeights(t *testing.T) {
	for _, mode := range []string{"f16", "q8_0", "q4_0"} {
		for _, arch := range []string{"llama", "gemma2", "phi2"} {
			_, ids := survey(t, newContext(t, loadFile(t, convert(t, tiny(t, arch), mode)), exact))
			assert.Empty(t, broken(ids), "%s %s", arch, mode)
		}
	}
}

// each names an identity of several blocks.
func each(name string, layers ...int) (out []string) {
	for _, n := range layers {
		out = append(out, fmt.Sprintf("%d %s", n, name))
	}
	return out
}

// Wrong lines in a table are told by the identities of just what they move.
func TestWrongTablesOnTheEngine(t *testing.T) {
	sums := append(each(toMid, 0, 1, 2), each(toPost, 0, 1, 2)...)
	moved := append(append(each(toPost, 0, 1, 2), each(toMid, 1, 2)...), append(each(toNext, 1, 2), "-1 "+toNorm)...)
	for _, c := range []struct {
		arch  string
		what  string
		plant func(*hooks.Arch)
		want  []string
	}{
		{"llama", "Mid", func(a *hooks.Arch) { a.Mid = "ffn_norm-%d" }, sums},
		{"llama", "Mid", func(a *hooks.Arch) { a.Mid = "attn_out-%d" }, sums},
		{"llama", "Post", func(a *hooks.Arch) { a.Post = "ffn_out-%d" }, moved},
		{"llama", "Post", func(a *hooks.Arch) { a.Post = "attn_norm-%d" }, moved},
		{"llama", "Post", func(a *hooks.Arch) { a.Post = "ffn_inp-%d" }, moved},
		{"llama", "Post, of another width", func(a *hooks.Arch) { a.Post = "ffn_gate-%d" }, moved},
		{"llama", "Stream", func(a *hooks.Arch) { a.Stream = "attn_norm-0" }, each(toMid, 0)},
		{"llama", "Norm", func(a *hooks.Arch) { a.Norm = "ffn_norm-2" }, []string{"-1 " + toNorm, "-1 " + toLogits}},
		{"llama", "Norm, without its weight", func(a *hooks.Arch) { a.Norm = "norm" }, []string{"-1 " + toLogits}},
		{"gpt2", "Stream, without positions", func(a *hooks.Arch) { a.Stream = "embd" }, each(toMid, 0)},
		{"gemma2", "Stream, not scaled", func(a *hooks.Arch) { a.Stream = "embd" }, each(toMid, 0)},
		{"gemma2", "Post", func(a *hooks.Arch) { a.Post = "sa_out-%d" }, moved},
		{"command-r", "MLP", func(a *hooks.Arch) { a.MLP = "attn_norm-%d" }, each(onlyMLP, 0, 1, 2)},
		{"command-r", "MLP", func(a *hooks.Arch) { a.MLP = "ffn_gate-%d" }, each(onlyMLP, 0, 1, 2)},
		{"command-r", "Stream", func(a *hooks.Arch) { a.Stream = "attn_norm-0" }, each(onlyMLP, 0)},
		{"command-r", "Post", func(a *hooks.Arch) { a.Post = "ffn_out-%d" }, append(each(onlyMLP, 0, 1, 2), "-1 "+toNorm)},
		{"qwen35", "Mid", func(a *hooks.Arch) { a.Mid = "attn_post_norm-%d" }, sums},
		{"rwkv7", "Stream, without its norm", func(a *hooks.Arch) { a.Stream = "embd" }, each(toMixed, 0)},
		{"gemma4-dense", "Stream, not scaled", func(a *hooks.Arch) { a.Stream = "embd" }, each(toMid, 0)},
		{"mamba", "Post", func(a *hooks.Arch) { a.Post = "attn_norm-%d" }, append(each(oneThing, 0, 1, 2), "-1 "+toNorm)},
		{"command-r", "Norm", func(a *hooks.Arch) { a.Norm = "attn_norm-2" }, []string{"-1 " + toNorm, "-1 " + toLogits}},
	} {
		what := c.arch + ": " + c.what
		m, ids := survey(t, newContext(t, load(t, c.arch)), c.plant)
		assert.ElementsMatch(t, c.want, broken(ids), what)
		m.Refuse(ids)
		for _, id := range ids {
			if id.Holds() {
				assert.Less(t, id.Error, 1e-5, "%s: %s", what, id)
				continue
			}
			if id.Fault == "" {
				assert.Greater(t, id.Error, 0.1, "%s: %s", what, id)
			}
			for _, p := range id.Points {
				_, offered := m.Find(p)
				assert.False(t, offered, "%s: %s", what, p)
			}
		}
	}
}
