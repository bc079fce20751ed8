package hooks

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// wrongTables plant one wrong line each into the table of an architecture. broken
// are the identities that tell, dropped the points that are not offered then.
var wrongTables = []struct {
	name    string
	plant   func(*Arch)
	broken  []string
	dropped []string
}{
	{
		"llama", func(a *Arch) { a.Mid = "ffn_norm-%d" },
		[]string{"0 " + midIdentity, "0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "2 " + midIdentity, "2 " + postIdentity},
		[]string{"resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"},
	},
	{ // the attention's own output
		"llama", func(a *Arch) { a.Mid = "attn_out-%d" },
		[]string{"0 " + midIdentity, "0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "2 " + midIdentity, "2 " + postIdentity},
		[]string{"resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"},
	},
	{ // what the MLP adds
		"llama", func(a *Arch) { a.Post = "ffn_out-%d" },
		[]string{"0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "1 " + nextIdentity, "2 " + midIdentity, "2 " + postIdentity, "2 " + nextIdentity, "-1 " + normIdentity},
		[]string{"resid_pre:1-2", "attn_out:1-2", "resid_mid", "mlp_out", "resid_post", "ln_final"},
	},
	{ // the input, with a norm
		"llama", func(a *Arch) { a.Post = "attn_norm-%d" },
		[]string{"0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "1 " + nextIdentity, "2 " + midIdentity, "2 " + postIdentity, "2 " + nextIdentity, "-1 " + normIdentity},
		[]string{"resid_pre:1-2", "attn_out:1-2", "resid_mid", "mlp_out", "resid_post", "ln_final"},
	},
	{ // the middle for the end
		"llama", func(a *Arch) { a.Post = "ffn_inp-%d" },
		[]string{"0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "1 " + nextIdentity, "2 " + midIdentity, "2 " + postIdentity, "2 " + nextIdentity, "-1 " + normIdentity},
		[]string{"resid_pre:1-2", "attn_out:1-2", "resid_mid", "mlp_out", "resid_post", "ln_final"},
	},
	{ // of another width
		"llama", func(a *Arch) { a.Post = "ffn_gate-%d" },
		[]string{"0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "1 " + nextIdentity, "2 " + midIdentity, "2 " + postIdentity, "2 " + nextIdentity, "-1 " + normIdentity},
		[]string{"resid_pre:1-2", "attn_out:1-2", "resid_mid", "mlp_out", "resid_post", "ln_final"},
	},
	{ // one that there is not
		"llama", func(a *Arch) { a.Post = "none-%d" },
		[]string{"0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "1 " + nextIdentity, "2 " + midIdentity, "2 " + postIdentity, "2 " + nextIdentity, "-1 " + normIdentity},
		[]string{"resid_pre:1-2", "attn_out:1-2", "resid_mid", "mlp_out", "resid_post", "ln_final"},
	},
	{ // what the mixer adds, for the middle
		"qwen35", func(a *Arch) { a.Mid = "attn_post_norm-%d" },
		[]string{"0 " + midIdentity, "0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "2 " + midIdentity, "2 " + postIdentity},
		[]string{"resid_pre", "attn_out", "mixer_out", "resid_mid", "mlp_out", "resid_post"},
	},
	{ // the sum that is not scaled yet
		"gemma4", func(a *Arch) { a.Stream = "embd" }, []string{"0 " + midIdentity}, []string{"resid_pre:0", "attn_out:0", "resid_mid:0"},
	},
	{ // before the first norm
		"rwkv7", func(a *Arch) { a.Stream = "embd" }, []string{"0 " + mixedIdentity}, []string{"resid_pre:0", "mixer_out:0", "resid_mid:0"},
	},
	{ // the MLP's norm, which has a misleading name
		"lfm2", func(a *Arch) { a.Mid = "model.layers.{}.ffn_out-%d" },
		[]string{"0 " + midIdentity, "0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "2 " + midIdentity, "2 " + postIdentity},
		[]string{"resid_pre", "attn_out", "mixer_out", "resid_mid", "mlp_out", "resid_post"},
	},
	{ // what a block of one addition reads, for what it leaves
		"nemotron_h", func(a *Arch) { a.Post = "attn_norm-%d" },
		[]string{"0 " + attnIdentity, "1 " + attnIdentity, "2 " + attnIdentity, "3 " + attnIdentity, "-1 " + normIdentity},
		[]string{"resid_pre", "attn_out", "mixer_out", "mlp_out", "resid_post", "ln_final"},
	},
	{ // the middle for what the next block reads
		"step35", func(a *Arch) { a.Pre = "ffn_inp-%d" },
		[]string{"0 " + postIdentity, "1 " + midIdentity, "1 " + postIdentity, "1 " + nextIdentity, "2 " + midIdentity, "2 " + postIdentity, "2 " + nextIdentity, "3 " + midIdentity, "3 " + nextIdentity},
		[]string{"resid_pre:1-3", "attn_out:1-3", "resid_mid", "mlp_out:0-2", "resid_post:0-2"},
	},
	{"llama", func(a *Arch) { a.Embed = "attn_norm-0" }, []string{"-1 " + embedIdentity}, []string{"embed"}},
	{"gpt2", func(a *Arch) { a.Embed = "inpL" }, []string{"-1 " + embedIdentity}, []string{"embed"}},
	{ // attention and MLP taken for each other: every sum holds
		"command-r", func(a *Arch) { a.MLP = "" },
		[]string{}, []string{"attn_out", "mlp_out"},
	},
	{"llama", func(a *Arch) { a.Stream = "attn_norm-0" }, []string{"0 " + midIdentity}, []string{"resid_pre:0", "attn_out:0", "resid_mid:0"}},
	{"gpt2", func(a *Arch) { a.Stream = "embd" }, []string{"0 " + midIdentity}, []string{"resid_pre:0", "attn_out:0", "resid_mid:0"}},
	{"gemma2", func(a *Arch) { a.Stream = "embd" }, []string{"0 " + midIdentity}, []string{"resid_pre:0", "attn_out:0", "resid_mid:0"}},
	{"command-r", func(a *Arch) { a.Stream = "attn_norm-0" }, []string{"0 " + mlpIdentity}, []string{"resid_pre:0", "attn_out:0", "mlp_out:0", "resid_post:0"}},
	{"llama", func(a *Arch) { a.Norm = "ffn_norm-2" }, []string{"-1 " + normIdentity, "-1 " + logitsIdentity}, []string{"resid_post:2", "ln_final", "logits"}},
	{"llama", func(a *Arch) { a.Norm = "l_out-2" }, []string{"-1 " + normIdentity, "-1 " + logitsIdentity}, []string{"resid_post:2", "ln_final", "logits"}},
	{"phi2", func(a *Arch) { a.Norm = "norm_w" }, []string{"-1 " + logitsIdentity}, []string{"ln_final", "logits"}}, // without its bias: a norm, but not the one that is multiplied
	{"llama", func(a *Arch) { a.Norm = "norm" }, []string{"-1 " + logitsIdentity}, []string{"ln_final", "logits"}},
	{
		"command-r", func(a *Arch) { a.MLP = "ffn_gate-%d" },
		[]string{"0 " + mlpIdentity, "1 " + mlpIdentity, "2 " + mlpIdentity},
		[]string{"resid_pre", "attn_out", "mlp_out", "resid_post"},
	},
	{
		"command-r", func(a *Arch) { a.MLP = "attn_norm-%d" },
		[]string{"0 " + mlpIdentity, "1 " + mlpIdentity, "2 " + mlpIdentity},
		[]string{"resid_pre", "attn_out", "mlp_out", "resid_post"},
	},
	{
		"command-r", func(a *Arch) { a.Post = "ffn_out-%d" },
		[]string{"0 " + mlpIdentity, "1 " + mlpIdentity, "2 " + mlpIdentity, "-1 " + normIdentity},
		[]string{"resid_pre", "attn_out", "mlp_out", "resid_post", "ln_final"},
	},
}

func TestWrongTables(t *testing.T) {
	for i, c := range wrongTables {
		right := located(t, c.name)
		m := change(t, c.name, func(_ *Graph, a *Arch) { c.plant(a) })
		ids := compute(t, right).check(m)
		assert.Equal(t, c.broken, failed(ids), "%d: %s", i, c.name)
		for _, id := range ids {
			if !id.Holds() && id.Fault == "" {
				assert.Greater(t, id.Error, 0.1, "%d: %s: far from anything that rounding does", i, id)
			}
		}
		m.Refuse(ids)
		wanted, err := offering(fixtures[c.name]).Select(c.dropped)
		assert.NoError(t, err)
		for _, l := range right.Points {
			_, offered := m.Find(l.Point)
			dropped := slices.ContainsFunc(wanted, func(w Located) bool { return w.Point == l.Point })
			assert.Equal(t, !dropped, offered, fmt.Sprint(i, " ", c.name, ": ", l.Point))
			if dropped {
				assert.NotEmpty(t, m.Absent[l.Point])
			}
		}
	}
}
