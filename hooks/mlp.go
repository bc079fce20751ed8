package hooks

import "fmt"

// mlp finds what stands inside the MLP of block n: what goes into the activation
// function and what W_out multiplies, or the router of a mixture of experts.
func (l *locator) mlp(n int) {
	pre, post, router := Point{MLPPre, n}, Point{MLPPost, n}, Point{RouterLogits, n}
	weight := fmt.Sprintf("blk.%d.ffn_gate_inp.weight", n)
	if node := l.g.product(weight); node >= 0 {
		l.put(router, l.g.biased(node), weight)
	} else {
		l.absent(router, "this block is no mixture of experts")
	}
	weight = fmt.Sprintf("blk.%d.ffn_down.weight", n)
	product := l.g.product(weight)
	if product < 0 {
		why := fmt.Sprintf("no weight %q is multiplied: the block is a mixture of experts or has no MLP", weight)
		l.absent(pre, why)
		l.absent(post, why)
		return
	}
	node := l.g.input(product, 1)
	l.put(post, node, "under "+weight)
	in, skip, width := l.activation(node)
	if in < 0 {
		l.absent(pre, fmt.Sprintf("graph tensor %q is the result of no activation function that is known here", l.g.Nodes[node].Name))
		return
	}
	s := l.g.Nodes[in].Shape
	l.add(Located{Point: pre, Node: in, Layout: Flat, Skip: skip, Shape: []int{width}}, s[1], s[2] == 1)
}

// activation gives what the activation function was applied to: width floats a
// token of a node, after the first skip.
func (l *locator) activation(node int) (in, skip, width int) {
	g := l.g
	width = g.Nodes[node].Shape[0]
	x, y := g.input(node, 0), g.input(node, 1)
	switch {
	case g.is(node, "GLU") && y >= 0: // the gate, then what it gates
		return x, 0, width
	case g.is(node, "GLU"): // both in one; the gate first, unless they are swapped
		if g.Nodes[node].Params[1] != 0 {
			skip = width
		}
		return x, skip, width
	case g.is(node, "UNARY"):
		return x, 0, width
	case g.is(node, "SQR"): // of ReLU
		return g.input(x, 0), 0, width
	case g.is(node, "MUL") && g.is(x, "UNARY"):
		return g.input(x, 0), 0, width
	case g.is(node, "MUL") && g.is(y, "UNARY"):
		return g.input(y, 0), 0, width
	}
	return -1, 0, 0
}
