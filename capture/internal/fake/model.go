// Package fake stands in for a model in the tests of prompts, plans and the decoder: a
// tokenizer with a small vocabulary, and a model of two blocks whose activations and logits
// are functions of the tokens so far. Nothing but tests imports it.
package fake

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"sort"

	"intentprobe/hooks"
	"intentprobe/models"
)

// The fake model has two blocks of these nodes, one after another, and after
// them the final norm and the logits. In the last block all that follows the
// attention is computed for output tokens alone.
const (
	Block       = 12 // nodes of a block: q, k, v, cache, pattern, z, ...
	cacheNode   = 4  // of these, what writes to the cache
	Norm        = 1 + 2*Block
	Whole       = math.MaxInt // a pass that did not stop
	patternKeys = 8           // keys of a pattern, until a run sets its own
)

// Writes are the nodes that write keys and values to the cache.
var Writes = []int{cacheNode, Block + cacheNode}

// Map says where the points of the fake model lie.
func Map() *hooks.Map {
	m := &hooks.Map{Layers: 2, Absent: map[hooks.Point]string{}, CacheDone: Writes[1]}
	add := func(site hooks.Site, layer, node int, shape ...int) {
		tensor := fmt.Sprintf("node-%d", node)
		m.Points = append(m.Points, hooks.Located{
			Point: hooks.Point{Site: site, Layer: layer}, Node: node, Tensor: tensor, Shape: shape, Output: node > Block+7,
		})
	}
	add(hooks.Embed, 0, 0, 4)
	for n := range 2 {
		at := Block * n
		add(hooks.ResidPre, n, at, 4)
		add(hooks.Q, n, at+1, 2, 2)
		add(hooks.K, n, at+2, 1, 2)
		add(hooks.V, n, at+3, 1, 2)
		add(hooks.Pattern, n, at+5, 2, patternKeys)
		m.Points[len(m.Points)-1].Layout = hooks.PatternByKey
		add(hooks.Z, n, at+6, 2, 2)
		add(hooks.AttnOut, n, at+7, 4)
		add(hooks.ResidMid, n, at+8, 4)
		add(hooks.MLPPre, n, at+9, 6)
		add(hooks.MLPPost, n, at+10, 6)
		for site, why := range map[hooks.Site]string{
			hooks.RouterLogits: "this block is no mixture of experts", hooks.MixerOut: "this block mixes tokens by attention",
			hooks.PerLayerOut: "this block has no per-layer embeddings",
		} {
			m.Absent[hooks.Point{Site: site, Layer: n}] = why
		}
		add(hooks.MLPOut, n, at+11, 4)
		add(hooks.ResidPost, n, at+12, 4)
	}
	add(hooks.FinalNorm, 0, Norm, 4)
	add(hooks.Logits, 0, Norm+1, 100)
	return m
}

// Facts are those of the model.
var Facts = models.Facts{Path: "fake.gguf", Architecture: "llama", Layers: 2, Width: 4, TrainContext: 4096, ChatTemplate: ChatML}

// ChatML is its chat template.
const ChatML = "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

// ErrEngine is what fails where a test lets an engine fail.
var ErrEngine = errors.New("the engine is on fire")

// Checksum tells tokens, for a purpose, from others.
func Checksum(tokens []models.Token, salt string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, salt, tokens)
	return h.Sum64()
}

// Activation is what a point holds for the last of these tokens: its token, its
// position and a checksum of tensor and tokens, in numbers that float16 holds too.
func Activation(l hooks.Located, prefix []models.Token) []float32 {
	out := make([]float32, l.Width())
	sum, at := Checksum(prefix, l.Tensor), len(prefix)-1
	for j := range out {
		out[j] = float32((sum>>(j%50) ^ uint64(j)) % 2048)
	}
	if l.Site == hooks.Pattern {
		for j := range out {
			if keys := l.Shape[1]; j%keys > at {
				out[j] = 0
			}
		}
		return out
	}
	out[0], out[1] = float32(prefix[at]), float32(at)
	return out
}

// Logits gives the logits after a prefix; some are equal.
func Logits(prefix []models.Token, vocabulary int) []float32 {
	out := make([]float32, vocabulary)
	state := Checksum(prefix, "logits")
	for t := range out {
		out[t] = float32(state>>(t%50)%997) / 100
	}
	return out
}

// Score gives the log-probability of next after a prefix and the entropy there.
func Score(prefix []models.Token, next models.Token, vocabulary int) (logprob, entropy float32) {
	logits := Logits(prefix, vocabulary)
	var sum, weighted float64
	for _, x := range logits {
		e := math.Exp(float64(x))
		sum, weighted = sum+e, weighted+e*float64(x)
	}
	entropy = float32(math.Log(sum) - weighted/sum)
	if next >= 0 {
		logprob = float32(float64(logits[next]) - math.Log(sum))
	}
	return logprob, entropy
}

// Top gives the k largest logits after a prefix and their tokens; of equal ones
// the first comes first.
func Top(prefix []models.Token, vocabulary, k int) (values, tokens []float32) {
	logits, order := Logits(prefix, vocabulary), make([]int, vocabulary)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return logits[order[i]] > logits[order[j]] })
	for _, t := range order[:k] {
		values, tokens = append(values, logits[t]), append(tokens, float32(t))
	}
	return values, tokens
}
