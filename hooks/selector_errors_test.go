package hooks

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func unknownPoint(t *testing.T, selector string, layers int) *UnknownPointError {
	t.Helper()
	points, err := Select([]string{"hook_embed", selector}, layers)
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
	} {
		err := unknownPoint(t, selector, 4)
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
		"3",
		"blocks.*.hook_mlp_in",
		"blocks.[",
		"[",
		"resid_post:*",
	} {
		unknownPoint(t, selector, 4)
	}
}

func TestReversedRangesAreTurnedRoundInTheHint(t *testing.T) {
	for selector, turned := range map[string]string{
		"resid_post:3-1":    "resid_post:1-3",
		"resid_post:-1-0":   "resid_post:0-3",
		"resid_pre:100%-0%": "resid_pre:0-3",
	} {
		err := unknownPoint(t, selector, 4)
		assert.Equal(t, []string{turned}, err.Nearest, selector)
		_, again := Select(err.Nearest, 4)
		assert.NoError(t, again, "what the hint says must work")
	}
}

func TestLayersOutOfRange(t *testing.T) {
	for selector, layer := range map[string]int{
		"resid_post:4":              4,
		"resid_post:-5":             -5,
		"resid_post:0,9":            9,
		"resid_post:2-7":            7,
		"blocks.4.hook_resid_post":  4,
		"blocks.99.hook_resid_pre":  99,
		"resid_pre:1000000":         1000000,
		"hook_resid_post:1,2,-1,17": 17,
	} {
		points, err := Select([]string{selector}, 4)
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
	for _, selector := range []string{"resid_post:101%", "resid_post:99999999999999999999", "resid_post:0-99999999999999999999"} {
		_, err := Select([]string{selector}, 4)
		var out *LayerError
		require.True(t, errors.As(err, &out), "%q: %v", selector, err)
		assert.Equal(t, selector, out.Selector)
	}
}

func TestOneBadSelectorFailsAll(t *testing.T) {
	points, err := Select([]string{"resid_post", "resid_post:0,9,ln_final"}, 4)
	assert.Nil(t, points)
	assert.ErrorContains(t, err, `"resid_post:0,9"`)
}
