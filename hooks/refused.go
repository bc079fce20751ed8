package hooks

import "maps"

// What several of the refused have in common.
const (
	severalStreams = "its residual stream is several streams, mixed anew in each block (hyper-connections): there is no one vector that blocks add to"
	diffusion      = "it fills in tokens by diffusion, in no order, and attends both ways: a token has no one state"
)

// refused says why an architecture that llama.cpp runs has no table.
var refused = map[string]string{
	"deepseek4": severalStreams, "glm5-next": severalStreams, "hy_v4": severalStreams, "qwen4exp": severalStreams,
	"gemma3n":    "its residual stream is four streams, predicted and corrected from one another in each block (AltUp): there is no one vector that blocks add to",
	"kimi-k3":    "its blocks read a mixture of what earlier blocks left, chosen for each token: there is no one stream that they add to",
	"hrm_text":   "its blocks run several times for each token, in cycles: a layer has no one state",
	"minimax-01": "its blocks add to what their norm gives, not to what they read: there is no stream that runs through",
	"talkie":     "each block adds the embedding once more: resid_mid + mlp_out is not what it leaves",
	"dream":      diffusion, "llada": diffusion, "llada-moe": diffusion, "rnd1": diffusion,
}

// Refused gives the architectures that llama.cpp runs and capture refuses for what
// they are, with the reason.
func Refused() map[string]string { return maps.Clone(refused) }
