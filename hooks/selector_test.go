package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names selects and gives the names of the points.
func names(t *testing.T, layers int, selectors ...string) []string {
	t.Helper()
	points, err := Select(selectors, layers)
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
	const layers = 30
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
		assert.Equal(t, post(want...), names(t, layers, selector), selector)
	}
}

func TestPercentOfOneLayerIsThatLayer(t *testing.T) {
	for _, p := range []string{"0%", "25%", "50%", "100%"} {
		assert.Equal(t, post(0), names(t, 1, "resid_post:"+p), p)
	}
}

func TestShortFormWithoutLayersIsEveryLayer(t *testing.T) {
	assert.Equal(t, post(0, 1, 2, 3), names(t, 4, "resid_post"))
	assert.Equal(t, []string{"blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre"}, names(t, 2, "resid_pre"))
	assert.Equal(t, []string{"hook_embed"}, names(t, 4, "embed"))
	assert.Equal(t, []string{"ln_final.hook_normalized"}, names(t, 4, "ln_final"))
}

func TestFullNamesSelectThemselves(t *testing.T) {
	for _, p := range All(4) {
		assert.Equal(t, []string{p.String()}, names(t, 4, p.String()))
	}
}

func TestGlobs(t *testing.T) {
	assert.Equal(t, post(0, 1, 2), names(t, 3, "blocks.*.hook_resid_post"))
	assert.Equal(t, post(0, 2), names(t, 3, "blocks.[02].hook_resid_post"))
	assert.Equal(t, post(10, 11), names(t, 12, "blocks.??.hook_resid_post"))
	assert.Equal(t, []string{"blocks.1.hook_resid_pre", "blocks.1.hook_resid_post"}, names(t, 3, "blocks.1.*"))
	assert.Equal(t, []string{"hook_embed"}, names(t, 3, "hook_*"))
	assert.Len(t, names(t, 3, "*"), len(All(3)))
}

func TestPointsComeOnceAndInColumnOrder(t *testing.T) {
	assert.Equal(t,
		[]string{"hook_embed", "blocks.0.hook_resid_pre", "blocks.0.hook_resid_post", "blocks.2.hook_resid_post", "ln_final.hook_normalized"},
		names(t, 3, "ln_final", "resid_post:-1,0", "blocks.0.*", "embed", "hook_embed", "resid_post:2"))
}

func TestListsInOneText(t *testing.T) {
	assert.Equal(t,
		[]string{"hook_embed", "blocks.0.hook_resid_post", "blocks.1.hook_resid_post", "blocks.3.hook_resid_post"},
		names(t, 4, "resid_post:0,1,-1,hook_embed"))
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
	points, err := Select(nil, 4)
	require.NoError(t, err)
	assert.Empty(t, points)
}
