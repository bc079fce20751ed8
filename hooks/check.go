package hooks

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Check computes the identities of the residual stream from one decode of these
// tokens, each of which had its output flag. logits are the engine's own, of each.
func (m *Map) Check(tokens []int32, v Values, w Weights, logits [][]float32) []Identity {
	at := func(s Site, n int) [][]float32 {
		if l, ok := m.Find(Point{s, n}); ok {
			return v(l)
		}
		return nil
	}
	out := []Identity{checkEmbedding(tokens, at(Embed, 0), w)}
	for n := range m.Layers {
		out = append(out, m.sums(n, at, w)...)
		for _, read := range m.Read {
			if read.Layer == n && n > 0 {
				id := Identity{Name: nextIdentity, Layer: n, Limit: sumLimit, Points: []Point{{ResidPre, n}, {ResidPost, n - 1}}, Result: Point{Site: noSite}}
				id.Error, id.Fault = distance(v(read), at(ResidPost, n-1))
				out = append(out, id)
			}
		}
	}
	return append(out, m.checkEnd(at, w, logits)...)
}

// checkEmbedding compares the directions of hook_embed and of the embedding's rows:
// some architectures scale them.
func checkEmbedding(tokens []int32, embedded [][]float32, w Weights) Identity {
	id := Identity{Name: embedIdentity, Layer: -1, Limit: normLimit, Points: []Point{{Site: Embed}}, Result: Point{Site: Embed}}
	var rows [][]float32
	for _, t := range tokens {
		row, err := w.Row("token_embd.weight", int(t))
		if err != nil {
			id.Fault = err.Error()
			return id
		}
		rows = append(rows, unit(row))
	}
	var have [][]float32
	for _, row := range embedded {
		have = append(have, unit(row))
	}
	id.Error, id.Fault = distance(have, rows)
	return id
}

// unit gives a vector's direction; zero has none and stays.
func unit(x []float32) []float32 {
	square := 0.0
	for _, v := range x {
		square += float64(v) * float64(v)
	}
	out := slices.Clone(x)
	for i := range out {
		if square > 0 {
			out[i] = float32(float64(x[i]) / math.Sqrt(square))
		}
	}
	return out
}

// checkEnd computes the final norm and a sample of logits from the last
// resid_post, with the model's own weights.
func (m *Map) checkEnd(at func(Site, int) [][]float32, w Weights, logits [][]float32) []Identity {
	last := m.Layers - 1
	norm := Identity{Name: normIdentity, Layer: -1, Limit: normLimit, Points: []Point{{ResidPost, last}, {Site: FinalNorm}}, Result: Point{Site: FinalNorm}}
	unembed := Identity{Name: logitsIdentity, Layer: -1, Limit: logitsLimit, Points: []Point{{Site: FinalNorm}, {Site: Logits}}, Result: Point{Site: Logits}}
	normed, err := m.finalNorm(at(ResidPost, last), w)
	if err != nil {
		norm.Fault = err.Error()
	} else {
		norm.Error, norm.Fault = distance(normed, at(FinalNorm, 0))
	}
	computed, sampled, err := m.unembed(at(FinalNorm, 0), w, logits)
	if err != nil {
		unembed.Fault = err.Error()
	} else {
		unembed.Error, unembed.Fault = distance(computed, sampled)
	}
	return []Identity{norm, unembed}
}

// Refuse takes the points of identities that do not hold out of the map, and what
// is added to the stream where it does not come from the weight that it should:
// sums hold as well where attention and MLP are taken for each other.
func (m *Map) Refuse(identities []Identity) {
	var stream []int
	for _, at := range slices.Concat(m.Points, m.Read) {
		if at.Site == ResidPre || at.Site == ResidMid || at.Site == ResidPost {
			stream = append(stream, at.Node)
		}
	}
	for _, id := range identities {
		if id.Holds() {
			continue
		}
		for _, p := range id.Points {
			if _, ok := m.Find(p); ok {
				m.Drop(p, id.String())
			}
		}
	}
	for _, at := range slices.Clone(m.Points) {
		if weights := m.sources(at.Point); len(weights) > 0 && !slices.ContainsFunc(weights, func(weight string) bool {
			return m.Graph.reaches(at.Node, m.Graph.product(weight), stream)
		}) {
			m.Drop(at.Point, fmt.Sprintf("graph tensor %q does not come from %q", at.Tensor, weights[0]))
		}
	}
}

// sources lists the weights of a block by one of which what a point adds to the
// stream must have come, of those that the graph multiplies.
func (m *Map) sources(p Point) (weights []string) {
	for _, name := range map[Site][]string{
		AttnOut: {"attn_output"}, MixerOut: {"ssm_out", "shortconv.out_proj", "time_mix_output", "attn_output"},
		MLPOut: {"ffn_down", "ffn_down_exps", "channel_mix_value"},
	}[p.Site] {
		if weight := fmt.Sprintf("blk.%d.%s.weight", p.Layer, name); m.Graph.product(weight) >= 0 {
			weights = append(weights, weight)
		}
	}
	return weights
}

var errNoRows = errors.New("a tensor that it takes is not in the graph")
