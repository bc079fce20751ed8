package hooks

import "strings"

// endB ends the names of the tensors of LoRA adapters that are multiplied last.
const endB = ".lora_b"

// adapts says whether a node adds an adapter's part, scale·B·(A·x), to a product of its
// weight, as llama.cpp's build_lora_mm writes it.
func (g *Graph) adapts(n int) bool {
	if !g.is(n, "ADD") {
		return false
	}
	part := g.input(n, 1)
	if g.is(part, "SCALE") {
		part = g.input(part, 0)
	}
	return g.is(part, "MUL_MAT", "MUL_MAT_ID") && strings.HasSuffix(g.leaf(part, 0), endB)
}

// adapted follows a product to where the parts of adapters are added to it, if there are
// any.
func (g *Graph) adapted(n int) int {
	for _, u := range g.users(n) {
		if g.input(u, 0) == n && g.adapts(u) {
			return g.adapted(u)
		}
	}
	return n
}

// Adapters counts the adapters by which the graph changes the product of a weight.
func (g *Graph) Adapters(weight string) (n int) {
	for _, leaf := range g.Leaves {
		if leaf == weight+endB {
			n++
		}
	}
	return n
}
