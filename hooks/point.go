package hooks

import (
	"fmt"
	"strconv"
	"strings"
)

// Site is a kind of place in the network, without the layer.
type Site int

// noSite is no site.
const noSite Site = -1

// The sites that can be captured, in the order of the columns.
const (
	// Embed is the token embedding as the model adds it to the stream: scaled
	// where the architecture scales it (Gemma), without positions (GPT-2). [d_model]
	Embed Site = iota
	// ResidPre is the residual stream as block N reads it. [d_model]
	ResidPre
	// Q, K and V are what W_Q, W_K and W_V give, biases added, before any norm of
	// heads and before rotary positions. [heads, d_head], K and V [kv_heads, d_head]
	Q
	K
	V
	// Pattern is the attention probabilities of a token over the positions up to
	// its own; 0 beyond. With attention sinks a row sums to less than 1. [heads, context]
	Pattern
	// Z is what W_O multiplies: the values mixed by the pattern. [heads, d_head]
	Z
	// AttnOut is what the attention adds to the stream: after a norm or a scale
	// that stands between W_O and the stream (Gemma, OLMo 2, Granite). [d_model]
	AttnOut
	// MixerOut is what a mixer of tokens that is no softmax attention adds to the
	// stream: a state space, linear attention, a short convolution; where attention
	// stands beside it (Falcon H1), both together. TransformerLens has no name for
	// it. [d_model]
	MixerOut
	// ResidMid is the stream between attention and MLP. Blocks that add both at
	// once, or that have only one of them, have none. [d_model]
	ResidMid
	// MLPPre is what W_in gives, or W_gate where the MLP is gated, before the
	// activation function. [d_mlp]
	MLPPre
	// MLPPost is what W_out multiplies. [d_mlp]
	MLPPost
	// RouterLogits is what a mixture of experts decides by. TransformerLens has no
	// name for it. [experts]
	RouterLogits
	// MLPOut is what the MLP, or the mixture of experts, adds to the stream. [d_model]
	MLPOut
	// PerLayerOut is what the per-layer embeddings add after the MLP (Gemma 4).
	// TransformerLens has no name for it. [d_model]
	PerLayerOut
	// ResidPost is the residual stream as block N leaves it. [d_model]
	ResidPost
	// FinalNorm is the output of the norm before the unembedding, its weight
	// and bias applied: what the unembedding matrix multiplies. [d_model]
	FinalNorm
	// Logits are the largest logits and their tokens. [k]
	Logits
)

// sites gives the long name (with %d for the layer) and the short forms of each.
var sites = []struct {
	name     string
	short    []string
	perLayer bool
}{
	Embed:        {"hook_embed", []string{"embed"}, false},
	ResidPre:     {"blocks.%d.hook_resid_pre", []string{"resid_pre"}, true},
	Q:            {"blocks.%d.attn.hook_q", []string{"q"}, true},
	K:            {"blocks.%d.attn.hook_k", []string{"k"}, true},
	V:            {"blocks.%d.attn.hook_v", []string{"v"}, true},
	Pattern:      {"blocks.%d.attn.hook_pattern", []string{"pattern"}, true},
	Z:            {"blocks.%d.attn.hook_z", []string{"z"}, true},
	AttnOut:      {"blocks.%d.hook_attn_out", []string{"attn_out"}, true},
	MixerOut:     {"blocks.%d.hook_mixer_out", []string{"mixer_out"}, true},
	ResidMid:     {"blocks.%d.hook_resid_mid", []string{"resid_mid"}, true},
	MLPPre:       {"blocks.%d.mlp.hook_pre", []string{"mlp_pre", "pre"}, true},
	MLPPost:      {"blocks.%d.mlp.hook_post", []string{"mlp_post", "post"}, true},
	RouterLogits: {"blocks.%d.mlp.hook_router_logits", []string{"router_logits"}, true},
	MLPOut:       {"blocks.%d.hook_mlp_out", []string{"mlp_out"}, true},
	PerLayerOut:  {"blocks.%d.hook_per_layer_out", []string{"per_layer_out"}, true},
	ResidPost:    {"blocks.%d.hook_resid_post", []string{"resid_post"}, true},
	FinalNorm:    {"ln_final.hook_normalized", []string{"ln_final"}, false},
	Logits:       {"unembed.hook_out", []string{"logits"}, false},
}

// Point is one place whose activation is a row of numbers for each token.
type Point struct {
	Site  Site
	Layer int // counted from 0; 0 where the site has no layer
}

// String gives the TransformerLens name, which is also the column name.
func (p Point) String() string {
	s := sites[p.Site]
	if s.perLayer {
		return fmt.Sprintf(s.name, p.Layer)
	}
	return s.name
}

// ParsePoint reads a full name back into a point. The second result is false
// where the name is not of that form; the layer is not checked against a model.
func ParsePoint(name string) (Point, bool) {
	for site, s := range sites {
		if !s.perLayer {
			if name == s.name {
				return Point{Site: Site(site)}, true
			}
			continue
		}
		before, after, _ := strings.Cut(s.name, "%d")
		digits, ok := strings.CutPrefix(name, before)
		if !ok {
			continue
		}
		if digits, ok = strings.CutSuffix(digits, after); !ok {
			continue
		}
		layer, err := strconv.Atoi(digits)
		if err == nil && layer >= 0 && strconv.Itoa(layer) == digits {
			return Point{Site(site), layer}, true
		}
	}
	return Point{}, false
}

// All lists every point that a model of that many layers can have, in column order: the
// embedding, the blocks one after another, the final norm, the logits.
func All(layers int) []Point {
	points := []Point{{Site: Embed}}
	for n := range layers {
		for site := ResidPre; site <= ResidPost; site++ {
			points = append(points, Point{site, n})
		}
	}
	return append(points, Point{Site: FinalNorm}, Point{Site: Logits})
}
