package hooks

import (
	"slices"
	"strings"
)

// Graph is what llama.cpp computes in one decode: its nodes in their order, each
// an operation of ggml on earlier nodes and on leaves (weights, inputs, caches).
type Graph struct {
	Nodes  []Node   `json:"nodes"`
	Leaves []string `json:"leaves"` // names; those of weights are the GGUF's
}

// Node is one operation.
type Node struct {
	Name   string   `json:"name"`
	Op     string   `json:"op"`     // ggml's name: "MUL_MAT", "ADD", "GET_ROWS", ...
	Shape  [4]int   `json:"shape"`  // ggml's order: the first dimension is the innermost
	Inputs []int    `json:"inputs"` // a node's index, or -1-i for leaf i
	Offset int      `json:"offset"` // of a view into its first input, bytes
	Params [2]int32 `json:"params"` // of the operation: its first two words
}

// FlashAttention says whether attention is computed by one operation, which rounds
// keys and values to float16 on its way.
func (g *Graph) FlashAttention() bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.Op == "FLASH_ATTN_EXT" })
}

// KeyCache says whether keys are kept from token to token, and not states alone.
func (g *Graph) KeyCache() bool {
	return slices.ContainsFunc(g.Leaves, func(name string) bool { return strings.HasPrefix(name, "cache_k") })
}

// leaf gives the name of the leaf that is input i of a node, empty if it is none.
func (g *Graph) leaf(n, i int) string {
	if n < 0 || i >= len(g.Nodes[n].Inputs) || g.Nodes[n].Inputs[i] >= 0 {
		return ""
	}
	return g.Leaves[-1-g.Nodes[n].Inputs[i]]
}

// input gives the node that is input i of a node, -1 if it is none.
func (g *Graph) input(n, i int) int {
	if n < 0 || i >= len(g.Nodes[n].Inputs) {
		return -1
	}
	return max(-1, g.Nodes[n].Inputs[i])
}

// is says whether a node exists and has one of these operations.
func (g *Graph) is(n int, ops ...string) bool {
	if n < 0 {
		return false
	}
	for _, op := range ops {
		if g.Nodes[n].Op == op {
			return true
		}
	}
	return false
}

// named gives the last node of a name, -1 if there is none. llama.cpp gives some
// names several times on the way to a result.
func (g *Graph) named(name string) int {
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if g.Nodes[i].Name == name {
			return i
		}
	}
	return -1
}

// product gives the node that multiplies a weight with activations, -1 if there
// is none.
func (g *Graph) product(weight string) int {
	for i := range g.Nodes {
		if g.is(i, "MUL_MAT", "MUL_MAT_ID") && g.leaf(i, 0) == weight {
			return i
		}
	}
	return -1
}

// users lists the nodes that have n as an input.
func (g *Graph) users(n int) []int {
	var out []int
	for i := n + 1; i < len(g.Nodes); i++ {
		for _, in := range g.Nodes[i].Inputs {
			if in == n {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// biased follows a product to where the parts of adapters and its bias are added, as far
// as it has any.
func (g *Graph) biased(n int) int {
	n = g.adapted(n)
	for _, u := range g.users(n) {
		if g.is(u, "ADD") && g.input(u, 0) == n && g.leaf(u, 1) != "" {
			return u
		}
	}
	return n
}

// rows looks through the selection of output tokens that llama.cpp makes in its
// last block, and through reshapings that leave rows as they are.
func (g *Graph) rows(n int) int {
	for g.input(n, 0) >= 0 && (g.is(n, "GET_ROWS") || g.is(n, "RESHAPE") && g.Nodes[n].Shape[0] == g.Nodes[g.input(n, 0)].Shape[0]) {
		n = g.input(n, 0)
	}
	return n
}

// reaches says whether a node is computed from another without passing through an
// addition to one of these nodes of the residual stream.
func (g *Graph) reaches(n, source int, stream []int) bool {
	if n == source {
		return true
	}
	if n < source {
		return false
	}
	ins := g.Nodes[n].Inputs
	if g.is(n, "ADD") && slices.ContainsFunc(ins, func(in int) bool { return in >= 0 && slices.Contains(stream, g.rows(in)) }) {
		return false
	}
	return slices.ContainsFunc(ins, func(in int) bool { return in >= 0 && g.reaches(in, source, stream) })
}

// computes says whether one of these operations stands between a node and an
// earlier one.
func (g *Graph) computes(n, source int, ops ...string) bool {
	seen := map[int]bool{}
	var walk func(int) bool
	walk = func(n int) bool {
		if n <= source || seen[n] {
			return false
		}
		seen[n] = true
		return g.is(n, ops...) || slices.ContainsFunc(g.Nodes[n].Inputs, walk)
	}
	return n >= 0 && walk(n)
}

// Source gives the number (as in Node.Inputs) of an input that is not among the graph's
// nodes: of a leaf, which it adds, or, where a device reads what another device computed,
// of the node that was copied. ggml names such a copy DEVICE#NAME#NUMBER
// (ggml_backend_sched_split_graph). Where that was too long and is cut, nobody can say
// what was copied: it counts as a leaf.
func (g *Graph) Source(name string) int {
	_, copied, _ := strings.Cut(name, "#")
	if end := strings.LastIndexByte(copied, '#'); end > 0 {
		name = copied[:end]
		if i := g.named(name); i >= 0 {
			return i
		}
	}
	g.Leaves = append(g.Leaves, name)
	return -len(g.Leaves)
}
