package hooks

import (
	"fmt"
	"slices"
)

// attention finds q, k, v, pattern and z of block n.
func (l *locator) attention(n int) {
	if l.g.computes(l.mixer[n], l.pre(n), recurrent...) && !l.g.computes(l.mixer[n], l.pre(n), "SOFT_MAX", "FLASH_ATTN_EXT") {
		for _, site := range []Site{Q, K, V, Pattern, Z} {
			l.absent(Point{site, n}, "what this block mixes tokens with is no softmax attention")
		}
		return
	}
	weight := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", n, name) }
	if fused := l.g.product(weight("attn_qkv")); fused >= 0 {
		l.fused(n, l.g.biased(fused))
	} else {
		for site, name := range map[Site]string{Q: "attn_q", K: "attn_k", V: "attn_v"} {
			l.projection(Point{site, n}, weight(name))
		}
	}
	l.pattern(n)
	l.values(n, weight("attn_output"))
}

// projection finds what a weight of its own gives; how many heads that is, the
// first reshaping after it says.
func (l *locator) projection(p Point, weight string) {
	node := l.g.product(weight)
	if node < 0 {
		l.absent(p, fmt.Sprintf("no weight %q is multiplied", weight))
		return
	}
	node = l.g.biased(node)
	shape := l.g.Nodes[node].Shape
	if view := l.gated(node, shape[0]); view >= 0 {
		s := l.g.Nodes[view].Shape
		l.add(Located{Point: p, Node: view, Layout: ByHead, Shape: []int{s[1], s[0]}}, s[2], s[3] == 1)
		return
	}
	heads, ok := l.heads(node, shape[0], 6)
	if !ok {
		l.absent(p, fmt.Sprintf("graph tensor %q is not cut into heads", l.g.Nodes[node].Name))
		return
	}
	l.add(Located{Point: p, Node: node, Layout: Flat, Shape: []int{heads, shape[0] / heads}}, shape[1], shape[2] == 1)
}

// gated finds the first of two views that part what a weight gives into a head's
// query and its gate (Qwen 3.5), -1 where there are none.
func (l *locator) gated(node, width int) int {
	first, second := -1, false
	for _, u := range append(l.g.users(node), l.g.reshaped(node)...) {
		v := l.g.Nodes[u]
		switch {
		case v.Op != "VIEW" || 2*v.Shape[0]*v.Shape[1] != width || v.Shape[2] != l.tokens:
		case v.Offset == 0:
			first = u
		case v.Offset == 4*v.Shape[0]:
			second = l.g.activated(u)
		}
	}
	if !second {
		return -1
	}
	return first
}

// activated says whether an activation function is applied to a node as it is.
func (g *Graph) activated(node int) bool {
	return slices.ContainsFunc(g.users(node), func(u int) bool {
		return g.is(u, "UNARY") || g.is(u, "CONT", "RESHAPE") && g.activated(u)
	})
}

// reshaped lists what uses a node's reshapings.
func (g *Graph) reshaped(node int) (out []int) {
	for _, u := range g.users(node) {
		if g.is(u, "RESHAPE") {
			out = append(out, g.users(u)...)
		}
	}
	return out
}

// heads looks after a node for where width floats a token become heads.
func (l *locator) heads(node, width, depth int) (int, bool) {
	if depth == 0 {
		return 0, false
	}
	for _, u := range l.g.users(node) {
		s := l.g.Nodes[u].Shape
		switch {
		case l.g.is(u, "RESHAPE", "VIEW") && s[0]*s[1] == width && s[2] == l.tokens:
			return s[1], true
		case s[0] != width:
			continue
		}
		if h, ok := l.heads(u, width, depth-1); ok {
			return h, true
		}
	}
	return 0, false
}

// fused finds q, k and v as three views, one after another, of what one weight
// gives.
func (l *locator) fused(n, node int) {
	views := slices.DeleteFunc(l.g.users(node), func(u int) bool { return !l.g.is(u, "VIEW") || l.g.input(u, 0) != node })
	slices.SortFunc(views, func(x, y int) int { return l.g.Nodes[x].Offset - l.g.Nodes[y].Offset })
	for i, site := range []Site{Q, K, V} {
		p := Point{site, n}
		if len(views) != 3 {
			l.absent(p, fmt.Sprintf("graph tensor %q is seen in %d parts, not as q, k and v", l.g.Nodes[node].Name, len(views)))
			continue
		}
		s := l.g.Nodes[views[i]].Shape
		if s[2] == l.tokens && (s[2] > 1 || s[1] > 1) {
			l.add(Located{Point: p, Node: views[i], Layout: ByHead, Shape: []int{s[1], s[0]}}, s[2], s[3] == 1)
			continue
		}
		heads, ok := l.heads(views[i], s[0], 6)
		if !ok {
			heads = 1
		}
		l.add(Located{Point: p, Node: views[i], Layout: Flat, Shape: []int{heads, s[0] / heads}}, s[1], s[2] == 1)
	}
}

func (l *locator) pattern(n int) {
	p, name := Point{Pattern, n}, fmt.Sprintf("kq_soft_max-%d", n)
	node := l.g.named(name)
	if node < 0 {
		l.absent(p, "flash attention computes no pattern, or this block has no attention")
		return
	}
	s := l.g.Nodes[node].Shape
	l.add(Located{Point: p, Node: node, Layout: PatternByKey, Shape: []int{s[2], s[0]}}, s[1], s[3] == 1)
}

// values finds what W_O multiplies; it has as many heads as q.
func (l *locator) values(n int, weight string) {
	p := Point{Z, n}
	product := l.g.product(weight)
	node := l.g.input(product, 1)
	q := slices.IndexFunc(l.m.Points, func(x Located) bool { return x.Point == Point{Q, n} })
	if product < 0 || node < 0 {
		l.absent(p, fmt.Sprintf("no weight %q is multiplied", weight))
		return
	}
	if q < 0 {
		l.absent(p, "how many heads it has is not known without hook_q")
		return
	}
	s, heads := l.g.Nodes[node].Shape, l.m.Points[q].Shape[0]
	if s[0]%heads != 0 {
		l.absent(p, fmt.Sprintf("graph tensor %q is not cut into %d heads", l.g.Nodes[node].Name, heads))
		return
	}
	l.add(Located{Point: p, Node: node, Layout: Flat, Shape: []int{heads, s[0] / heads}}, s[1], s[2] == 1)
}
