package capture

import (
	"fmt"
	"hash/fnv"
	"math"
	"sort"

	"intentprobe/hooks"
	"intentprobe/models"
)

// The fake model has two blocks of these nodes, one behind another, and behind
// them the final norm and the logits. In the last block all that follows the
// attention is computed for output tokens alone.
const (
	fakeBlock   = 12 // nodes of a block: q, k, v, cache, pattern, z, ...
	fakeCache   = 4  // of these, what writes to the cache
	fakeNorm    = 1 + 2*fakeBlock
	fakeWhole   = math.MaxInt // a pass that did not stop
	fakeContext = 8           // keys of a pattern, until a run sets its own
)

// fakeWrites are the nodes that write keys and values to the cache.
var fakeWrites = []int{fakeCache, fakeBlock + fakeCache}

// fakeMap says where the points of the fake model lie.
func fakeMap() *hooks.Map {
	m := &hooks.Map{Layers: 2, Absent: map[hooks.Point]string{}, CacheDone: fakeWrites[1]}
	add := func(site hooks.Site, layer, node int, shape ...int) {
		tensor := fmt.Sprintf("node-%d", node)
		m.Points = append(m.Points, hooks.Located{
			Point: hooks.Point{Site: site, Layer: layer}, Node: node, Tensor: tensor, Shape: shape, Output: node > fakeBlock+7,
		})
	}
	add(hooks.Embed, 0, 0, 4)
	for n := range 2 {
		at := fakeBlock * n
		add(hooks.ResidPre, n, at, 4)
		add(hooks.Q, n, at+1, 2, 2)
		add(hooks.K, n, at+2, 1, 2)
		add(hooks.V, n, at+3, 1, 2)
		add(hooks.Pattern, n, at+5, 2, fakeContext)
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
	add(hooks.FinalNorm, 0, fakeNorm, 4)
	add(hooks.Logits, 0, fakeNorm+1, 100)
	return m
}

func checksumOf(tokens []models.Token, salt string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, salt, tokens)
	return h.Sum64()
}

// activation is what a point holds for the last of these tokens: its token, its
// position and a checksum of tensor and tokens, in numbers that float16 holds too.
func activation(l hooks.Located, prefix []models.Token) []float32 {
	out := make([]float32, l.Width())
	sum, at := checksumOf(prefix, l.Tensor), len(prefix)-1
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

// logitsOf gives the logits after a prefix; some are equal.
func logitsOf(prefix []models.Token, vocabulary int) []float32 {
	out := make([]float32, vocabulary)
	state := checksumOf(prefix, "logits")
	for t := range out {
		out[t] = float32(state>>(t%50)%997) / 100
	}
	return out
}

// scoreOf gives the log-probability of next after a prefix and the entropy there.
func scoreOf(prefix []models.Token, next models.Token, vocabulary int) (logprob, entropy float32) {
	logits := logitsOf(prefix, vocabulary)
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

// topOf gives the k largest logits after a prefix and their tokens; of equal ones
// the first comes first.
func topOf(prefix []models.Token, vocabulary, k int) (values, tokens []float32) {
	logits, order := logitsOf(prefix, vocabulary), make([]int, vocabulary)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return logits[order[i]] > logits[order[j]] })
	for _, t := range order[:k] {
		values, tokens = append(values, logits[t]), append(tokens, float32(t))
	}
	return values, tokens
}
