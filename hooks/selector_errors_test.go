package hooks

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unknownPoint(t *testing.T, selector string) *UnknownPointError {
	t.Helper()
	points, err := plain4().Select([]string{"hook_embed", selector})
	assert.Nil(t, points, selector)
	var unknown *UnknownPointError
	require.True(t, errors.As(err, &unknown), "%q: %v", selector, err)
	return unknown
}

func TestUnknownNamesTellTheNearest(t *testing.T) {
	for selector, nearest := range map[string]string{
		"resid_pots":                "resid_post",
		"RESID_POST":                "resid_post",
		"resid-pre":                 "resid_pre",
		"hook_embedd":               "hook_embed",
		"blocks.1.hook_resid_pots":  "blocks.1.hook_resid_post",
		"block.2.hook_resid_pre":    "blocks.2.hook_resid_pre",
		"ln_final.hook_normalised":  "ln_final.hook_normalized",
		"ln_finall":                 "ln_final",
		"blocks.1.hook_resid_posts": "blocks.1.hook_resid_post",
		"blocks.3.hook_q":           "blocks.3.attn.hook_q",
		"atn_out":                   "attn_out",
		"mlp_output":                "mlp_out",
		"unembed.hook":              "unembed.hook_out",
	} {
		err := unknownPoint(t, selector)
		assert.Equal(t, selector, err.Selector)
		require.Len(t, err.Nearest, 3)
		assert.Equal(t, nearest, err.Nearest[0], selector)
		assert.Contains(t, err.Error(), selector)
		assert.Contains(t, err.Hint(), nearest)
	}
}

func TestSelectorsThatNameNothing(t *testing.T) {
	for _, selector := range []string{
		"resid_post:",
		"resid_post:x",
		"resid_post:1.5",
		"resid_post:1-",
		"resid_post:0--1",
		"resid_post:-5%",
		"resid_post:0:1",
		"hook_embed:0",
		"ln_final:1",
		"logits:1",
		"3",
		"blocks.*.hook_mlp_in",
		"blocks.*.mlp.hook_router_logits", // of no block of this model
		"blocks.[",
		"[",
		"resid_post:*",
	} {
		unknownPoint(t, selector)
	}
}

func TestReversedRangesAreTurnedRoundInTheHint(t *testing.T) {
	for selector, turned := range map[string]string{
		"resid_post:3-1":    "resid_post:1-3",
		"resid_post:-1-0":   "resid_post:0-3",
		"resid_pre:100%-0%": "resid_pre:0-3",
	} {
		err := unknownPoint(t, selector)
		assert.Equal(t, []string{turned}, err.Nearest, selector)
		_, again := plain4().Select(err.Nearest)
		assert.NoError(t, again, "what the hint says must work")
	}
}

func TestLayersOutOfRange(t *testing.T) {
	for selector, layer := range map[string]int{
		"resid_post:4":              4,
		"resid_post:-5":             -5,
		"resid_post:0,9":            9,
		"resid_post:2-7":            7,
		"q:4":                       4,
		"blocks.4.hook_resid_post":  4,
		"blocks.4.attn.hook_q":      4,
		"blocks.99.hook_resid_pre":  99,
		"router_logits:4":           4, // before it is said that there is none
		"resid_pre:1000000":         1000000,
		"hook_resid_post:1,2,-1,17": 17,
	} {
		points, err := plain4().Select([]string{selector})
		assert.Nil(t, points)
		var out *LayerError
		require.True(t, errors.As(err, &out), "%q: %v", selector, err)
		assert.Equal(t, selector, out.Selector)
		assert.Equal(t, layer, out.Layer, selector)
		assert.Equal(t, 4, out.Layers)
		assert.Contains(t, err.Error(), selector)
		assert.Contains(t, out.Hint(), "0 to 3")
	}
}

func TestLayersBeyondEveryModel(t *testing.T) {
	_, err := plain4().Select([]string{"resid_post:101%"})
	var unknown *UnknownPointError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "nearest names: resid_post:100%", unknown.Hint())
	for _, selector := range []string{"resid_post:99999999999999999999", "resid_post:0-99999999999999999999"} {
		_, err := plain4().Select([]string{selector})
		var out *LayerError
		require.True(t, errors.As(err, &out), "%q: %v", selector, err)
		assert.Equal(t, selector, out.Selector)
	}
}

// A point that this model does not offer is an error where it is named, and is
// passed over where a glob or a short form takes what there is.
func TestAbsentPoints(t *testing.T) {
	m := offering(4, RouterLogits, Logits)
	m.Drop(Point{ResidMid, 1}, "it is off by 0.5")
	for selector, want := range map[string]AbsentPointError{
		"router_logits":                   {Point{RouterLogits, 0}, "planted"},
		"router_logits:2":                 {Point{RouterLogits, 2}, "planted"},
		"blocks.3.mlp.hook_router_logits": {Point{RouterLogits, 3}, "planted"},
		"router_logits:3,1,2":             {Point{RouterLogits, 1}, "planted"},
		"logits":                          {Point{Site: Logits}, "planted"},
		"unembed.hook_out":                {Point{Site: Logits}, "planted"},
		"resid_mid:0-3":                   {Point{ResidMid, 1}, "it is off by 0.5"},
		"blocks.1.hook_resid_mid":         {Point{ResidMid, 1}, "it is off by 0.5"},
		"router_logits:1,resid_mid:1":     {Point{ResidMid, 1}, "it is off by 0.5"},
	} {
		for range 8 { // the first of several, always
			points, err := m.Select([]string{"resid_post", selector})
			assert.Nil(t, points)
			var absent *AbsentPointError
			require.True(t, errors.As(err, &absent), "%q: %v", selector, err)
			assert.Equal(t, want, *absent, selector)
			assert.Contains(t, err.Error(), want.Point.String())
			assert.Contains(t, err.Error(), want.Why)
			assert.Contains(t, absent.Hint(), "capture hooks")
		}
	}
	assert.Equal(t, []string{"blocks.0.hook_resid_mid", "blocks.2.hook_resid_mid", "blocks.3.hook_resid_mid"}, names(t, m, "resid_mid"))
	assert.Equal(t, names(t, m, "resid_mid"), names(t, m, "blocks.*.hook_resid_mid"))
}

func TestOneBadSelectorFailsAll(t *testing.T) {
	points, err := plain4().Select([]string{"resid_post", "resid_post:0,9,ln_final"})
	assert.Nil(t, points)
	assert.ErrorContains(t, err, `"resid_post:0,9"`)
}

// A name that looks like the written one is told apart from it, and the written one is
// never offered.
func TestNearestNamesThatLookAlike(t *testing.T) {
	assert.Equal(t, []string{`"prompt "`, "label"}, Nearest("prompt", []string{"label", "prompt "}))
	assert.Equal(t, []string{`"\ufeffprompt"`}, Nearest("prompt", []string{"\ufeffprompt"}))
	assert.Equal(t, []string{`"cafe\u0301"`}, Nearest("café", []string{"cafe\u0301"}))
	assert.Equal(t, []string{"prompts", `""`}, Nearest("prompt", []string{"", "prompts", "prompt"}))
	assert.Equal(t, []string{"Prompt"}, Nearest("prompt", []string{"Prompt"}))
}
