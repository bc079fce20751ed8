package hooks

import "slices"

// Locate finds every point of an architecture in the graph of one decode. tokens is how
// many tokens it decoded, outputs how many of these, not all, had their output flag. The
// residual stream is where the table says; what is added to it is the other side of each
// addition; the rest is found by the names of the weights that are multiplied: q is what
// attn_q.weight gives, mlp.hook_post what ffn_down.weight takes.
func Locate(g *Graph, a Arch, layers, tokens, outputs int) *Map {
	l := &locator{g: g, a: a, tokens: tokens, outputs: outputs, mixer: make([]int, layers),
		m: &Map{Layers: layers, Absent: map[Point]string{}, Graph: g, Scale: make([]string, layers)}}
	l.put(Point{Site: Embed}, g.named(a.Embed), a.Embed)
	for n := range layers {
		l.stream(n)
		l.attention(n)
		l.mlp(n)
	}
	norm, logits := g.named(a.Norm), g.named("result_output")
	if a.Norm == "" { // the graph ends with the logits, a product of the final norm
		logits = len(g.Nodes) - 1
		norm = g.input(logits, 1)
	}
	l.put(Point{Site: FinalNorm}, norm, a.Norm)
	l.put(Point{Site: Logits}, logits, "result_output")
	slices.SortFunc(l.m.Points, func(x, y Located) int { return x.compare(y.Point) })
	for i := range g.Nodes {
		if g.is(i, "SET_ROWS", "CPY") {
			l.m.CacheDone = i
		}
	}
	return l.m
}
