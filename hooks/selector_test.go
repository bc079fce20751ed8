package hooks

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// offering is a model with every point but those of some sites.
func offering(layers int, without ...Site) *Map {
	m := &Map{Layers: layers, Absent: map[Point]string{}}
	for i, p := range All(layers) {
		if slices.Contains(without, p.Site) {
			m.Absent[p] = "planted"
			continue
		}
		m.Points = append(m.Points, Located{Point: p, Node: i, Shape: []int{8}})
	}
	return m
}

// plain4 has no mixture of experts, as most models.
func plain4() *Map { return offering(4, RouterLogits) }

// names selects and gives the names of the points.
func names(t *testing.T, m *Map, selectors ...string) []string {
	t.Helper()
	points, err := m.Select(selectors)
	require.NoError(t, err, "%q", selectors)
	out := []string{}
	for _, p := range points {
		out = append(out, p.String())
	}
	return out
}

func post(layers ...int) []string {
	out := []string{}
	for _, n := range layers {
		out = append(out, Point{ResidPost, n}.String())
	}
	return out
}

func TestLayersOfAShortForm(t *testing.T) {
	m := offering(30)
	for selector, want := range map[string][]int{
		"resid_post:0":            {0},
		"resid_post:29":           {29},
		"resid_post:-1":           {29},
		"resid_post:-30":          {0},
		"resid_post:0,5,-1":       {0, 5, 29},
		"resid_post:-1,5,0":       {0, 5, 29},
		"resid_post: 0 , 5":       {0, 5},
		"resid_post:3-6":          {3, 4, 5, 6},
		"resid_post:4-4":          {4},
		"resid_post:3-5,4-6,5":    {3, 4, 5, 6},
		"resid_post:-3-29":        {27, 28, 29},
		"resid_post:0%":           {0},
		"resid_post:25%":          {7}, // 7.25
		"resid_post:50%":          {15},
		"resid_post:75%":          {22}, // 21.75
		"resid_post:100%":         {29},
		"resid_post:12.5%":        {4}, // 3.625
		"resid_post:25%,50%,100%": {7, 15, 29},
		"resid_post:90%-100%":     {26, 27, 28, 29},
		"resid_post:28-100%":      {28, 29},
		"hook_resid_post:7":       {7},
	} {
		assert.Equal(t, post(want...), names(t, m, selector), selector)
	}
}

func TestPercentOfOneLayerIsThatLayer(t *testing.T) {
	for _, p := range []string{"0%", "25%", "50%", "100%"} {
		assert.Equal(t, post(0), names(t, offering(1), "resid_post:"+p), p)
	}
}

func TestShortFormsAndAliases(t *testing.T) {
	assert.Equal(t, post(0, 1, 2, 3), names(t, plain4(), "resid_post"))
	for short, full := range map[string]string{
		"embed": "hook_embed", "ln_final": "ln_final.hook_normalized", "logits": "unembed.hook_out",
		"resid_pre:2": "blocks.2.hook_resid_pre", "resid_mid:2": "blocks.2.hook_resid_mid",
		"q:2": "blocks.2.attn.hook_q", "k:2": "blocks.2.attn.hook_k", "v:2": "blocks.2.attn.hook_v", "z:2": "blocks.2.attn.hook_z",
		"hook_q:2": "blocks.2.attn.hook_q", "pattern:2": "blocks.2.attn.hook_pattern", "attn_out:2": "blocks.2.hook_attn_out",
		"mlp_pre:2": "blocks.2.mlp.hook_pre", "pre:2": "blocks.2.mlp.hook_pre", "mlp_post:2": "blocks.2.mlp.hook_post",
		"post:2": "blocks.2.mlp.hook_post", "hook_post:2": "blocks.2.mlp.hook_post", "mlp_out:2": "blocks.2.hook_mlp_out",
	} {
		assert.Equal(t, []string{full}, names(t, plain4(), short), short)
	}
	assert.Equal(t, []string{"blocks.1.mlp.hook_router_logits"}, names(t, offering(2), "router_logits:1"))
}

// Every short form is of one site alone, and no site has none.
func TestShortFormsAreApart(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sites {
		assert.NotEmpty(t, s.short, s.name)
		for _, short := range s.short {
			assert.False(t, seen[short], short)
			seen[short] = true
		}
	}
}

func TestFullNamesSelectThemselves(t *testing.T) {
	m := offering(4)
	for _, p := range All(4) {
		assert.Equal(t, []string{p.String()}, names(t, m, p.String()))
	}
}

func TestGlobs(t *testing.T) {
	m := offering(3, RouterLogits, ResidMid)
	assert.Equal(t, post(0, 1, 2), names(t, m, "blocks.*.hook_resid_post"))
	assert.Equal(t, post(0, 2), names(t, m, "blocks.[02].hook_resid_post"))
	assert.Equal(t, post(10, 11), names(t, offering(12), "blocks.??.hook_resid_post"))
	assert.Equal(t, []string{"blocks.1.hook_resid_pre", "blocks.1.hook_resid_post"}, names(t, m, "blocks.1.hook_resid_*"))
	assert.Equal(t, []string{"blocks.1.mlp.hook_pre", "blocks.1.mlp.hook_post"}, names(t, m, "blocks.1.mlp.*"), "what is there, without the router")
	assert.Equal(t, []string{"hook_embed"}, names(t, m, "hook_*"))
	assert.Len(t, names(t, m, "*"), len(m.Points))
	assert.Len(t, names(t, m, "blocks.0.*"), 13)
}

func TestPointsComeOnceAndInColumnOrder(t *testing.T) {
	assert.Equal(t,
		[]string{"hook_embed", "blocks.0.hook_resid_pre", "blocks.0.attn.hook_q", "blocks.0.hook_resid_mid", "blocks.0.hook_resid_post",
			"blocks.2.attn.hook_q", "blocks.2.hook_resid_post", "ln_final.hook_normalized", "unembed.hook_out"},
		names(t, offering(3), "logits", "ln_final", "resid_post:-1,0", "q:2,0", "blocks.0.hook_resid_*", "embed", "hook_embed,logits", "resid_post:2"))
}

func TestListsInOneText(t *testing.T) {
	assert.Equal(t,
		[]string{"hook_embed", "blocks.0.hook_resid_post", "blocks.1.hook_resid_post", "blocks.3.hook_resid_post"},
		names(t, plain4(), "resid_post:0,1,-1,hook_embed"))
}

func TestSplitKeepsTheCommasOfLayers(t *testing.T) {
	for list, want := range map[string][]string{
		"":                                  nil,
		" , ,":                              nil,
		"resid_post":                        {"resid_post"},
		"resid_post:0,5,-1,hook_embed":      {"resid_post:0,5,-1", "hook_embed"},
		"resid_post:25%, 50% ,75%":          {"resid_post:25%,50%,75%"},
		"resid_post:0-3,8,resid_pre:1,2":    {"resid_post:0-3,8", "resid_pre:1,2"},
		"hook_embed,ln_final":               {"hook_embed", "ln_final"},
		"hook_embed,3":                      {"hook_embed", "3"}, // a layer of nothing
		"resid_post:0,hook_embed,1":         {"resid_post:0", "hook_embed", "1"},
		"blocks.[01].hook_resid_post,":      {"blocks.[01].hook_resid_post"},
		"resid_post:0,blocks.1.*,resid_pre": {"resid_post:0", "blocks.1.*", "resid_pre"},
	} {
		assert.Equal(t, want, Split(list), "%q", list)
	}
}

func TestNoSelectorSelectsNothing(t *testing.T) {
	points, err := plain4().Select(nil)
	require.NoError(t, err)
	assert.Empty(t, points)
}
