package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryPointNameReadsBack(t *testing.T) {
	const layers = 12
	seen := map[string]bool{}
	for _, p := range All(layers) {
		name := p.String()
		assert.False(t, seen[name], "%s stands there twice", name)
		seen[name] = true
		back, ok := ParsePoint(name)
		require.True(t, ok, name)
		assert.Equal(t, p, back)
	}
	assert.Len(t, seen, 3+15*layers)
}

func TestAllIsInColumnOrder(t *testing.T) {
	var names []string
	for _, p := range All(1) {
		names = append(names, p.String())
	}
	assert.Equal(t, []string{
		"hook_embed",
		"blocks.0.hook_resid_pre",
		"blocks.0.attn.hook_q", "blocks.0.attn.hook_k", "blocks.0.attn.hook_v", "blocks.0.attn.hook_pattern", "blocks.0.attn.hook_z",
		"blocks.0.hook_attn_out", "blocks.0.hook_mixer_out", "blocks.0.hook_resid_mid",
		"blocks.0.mlp.hook_pre", "blocks.0.mlp.hook_post", "blocks.0.mlp.hook_router_logits",
		"blocks.0.hook_mlp_out", "blocks.0.hook_per_layer_out", "blocks.0.hook_resid_post",
		"ln_final.hook_normalized", "unembed.hook_out",
	}, names)
}

func TestLayerIsNotCheckedWhenParsing(t *testing.T) {
	p, ok := ParsePoint("blocks.4711.hook_resid_post")
	require.True(t, ok)
	assert.Equal(t, Point{ResidPost, 4711}, p)
}

func TestNamesThatAreNoPoints(t *testing.T) {
	for _, name := range []string{
		"",
		"blocks",
		"blocks.03.hook_resid_pre",
		"blocks.-1.hook_resid_pre",
		"blocks.+1.hook_resid_pre",
		"blocks..hook_resid_pre",
		"blocks..hook",
		"blocks.1e0.hook_resid_pre",
		"blocks. 1.hook_resid_pre",
		"blocks.٣.hook_resid_pre",
		"blocks.99999999999999999999.hook_resid_pre",
		"blocks.1.hook_resid",
		"blocks.1.hook_resid_pre ",
		"blocks.1.hook_resid_preblocks.1.hook_resid_pre",
		"Blocks.1.hook_resid_pre",
		"blocks.%d.hook_resid_pre",
		"blocks.*.hook_resid_pre",
		"hook_embed.0",
		"embed",
		"ln_final",
		"resid_post",
		"blocks.1.hook_q",
		"blocks.1.attn.hook_qq",
		"blocks.1.attn.q",
		"blocks.1.mlp.hook_out",
		"blocks..attn.hook_q",
		"unembed.hook_out.1",
		"logits",
	} {
		p, ok := ParsePoint(name)
		assert.False(t, ok, "%q was read as %v", name, p)
	}
}
