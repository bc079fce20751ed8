package hooks

import (
	"fmt"
	"slices"
)

// stream finds what block n reads, adds and leaves.
func (l *locator) stream(n int) {
	g := l.g
	preName, postName := l.a.Stream, l.a.left(n, l.m.Layers)
	if n > 0 {
		preName = l.a.left(n-1, l.m.Layers)
	}
	pre, post := g.named(preName), g.named(postName)
	if preName == "" {
		pre, preName = g.normed("attn_norm-0"), "what the first norm reads"
	}
	l.put(Point{ResidPre, n}, pre, preName)
	l.put(Point{ResidPost, n}, post, postName)
	sum := l.ending(n, post)

	mid, midName := l.mid(n, pre, sum)
	l.mixer[n] = -1
	switch {
	case mid < 0 && l.a.MLP != "":
		l.parallel(n, pre, sum)
	case mid < 0:
		l.single(n, pre, sum, midName, postName)
	default:
		read, mixer := g.sides(mid, pre)
		_, mlp := g.sides(sum, mid)
		l.put(Point{ResidMid, n}, mid, midName)
		l.mixed(n, pre, g.rows(mixer), fmt.Sprintf("side of %s", midName))
		l.put(Point{MLPOut, n}, mlp, fmt.Sprintf("side of %s", postName))
		l.read(n, read)
	}
}

// left names what block n of so many leaves.
func (a Arch) left(n, layers int) string {
	switch {
	case a.Pre == "":
		return fmt.Sprintf(a.Post, n)
	case n+1 < layers:
		return fmt.Sprintf(a.Pre, n+1)
	}
	return a.Post
}

// ending walks from what a block leaves back to the addition of its MLP: after it
// Gemma 4 adds per-layer embeddings and scales the whole stream.
func (l *locator) ending(n, post int) int {
	g := l.g
	scale := fmt.Sprintf("blk.%d.layer_output_scale.weight", n)
	if g.is(post, "MUL") && g.leaf(post, 1) == scale {
		l.m.Scale[n], post = scale, g.input(post, 0)
	}
	product := g.product(fmt.Sprintf("blk.%d.proj.weight", n))
	for i := range 2 {
		if side := g.input(post, i); product >= 0 && g.is(post, "ADD") && g.reaches(side, product, nil) {
			l.put(Point{PerLayerOut, n}, side, "")
			return g.input(post, 1-i)
		}
	}
	l.absent(Point{PerLayerOut, n}, "this block has no per-layer embeddings")
	return post
}

// normed gives what the norm with this result reads.
func (g *Graph) normed(name string) int {
	n := g.named(name)
	for n >= 0 && !g.is(n, "NORM", "RMS_NORM") {
		n = g.input(n, 0)
	}
	return g.rows(g.input(n, 0))
}

// mid finds the stream between attention and MLP: by its name or, where it has
// none, as the side of the block's last addition that is itself an addition to
// what the block reads.
func (l *locator) mid(n, pre, post int) (int, string) {
	if l.a.Mid != "" {
		name := fmt.Sprintf(l.a.Mid, n)
		return l.g.rows(l.g.named(name)), name
	}
	name := fmt.Sprintf("between attention and MLP of block %d", n)
	if l.a.MLP != "" {
		return -1, name
	}
	for i := range 2 {
		if side := l.g.input(post, i); l.g.is(side, "ADD") {
			if read, _ := l.g.sides(side, pre); read == pre {
				return side, name
			}
		}
	}
	return -1, name
}

// sides takes an addition to the stream apart: the side that is the stream, and
// the other. Where neither side is the node that should be, the second is taken
// for it, as most graph builders write it, and the check on the model will tell.
func (g *Graph) sides(sum, stream int) (read, other int) {
	if !g.is(sum, "ADD") {
		return -1, -1
	}
	x, y := g.input(sum, 0), g.input(sum, 1)
	if g.rows(x) == stream && g.rows(y) != stream {
		return stream, y
	}
	return g.rows(y), x
}

// mixed notes what the first part of a block adds to the stream: as attention or,
// where a recurrent operation has a part in it, as another mixer of tokens.
func (l *locator) mixed(n, pre, node int, name string) {
	l.mixer[n] = node
	if l.g.computes(node, pre, recurrent...) {
		l.put(Point{MixerOut, n}, node, name)
		l.absent(Point{AttnOut, n}, "what this block mixes tokens with is not attention alone: hook_mixer_out is what it adds")
		return
	}
	l.put(Point{AttnOut, n}, node, name)
	l.absent(Point{MixerOut, n}, "this block mixes tokens by attention, or not at all")
}

// recurrent operations carry a state from token to token.
var recurrent = []string{"SSM_CONV", "SSM_SCAN", "RWKV_WKV6", "RWKV_WKV7", "GATED_LINEAR_ATTN", "GATED_DELTA_NET"}

// single takes apart a block of one addition: attention, another mixer or an MLP
// alone (Deci, Mamba, Nemotron H).
func (l *locator) single(n, pre, post int, midName, postName string) {
	g := l.g
	read, out := g.sides(post, pre)
	l.put(Point{ResidMid, n}, -1, midName)
	if l.a.Mid == "" {
		l.absent(Point{ResidMid, n}, "this block adds only one thing to the stream")
	}
	side := fmt.Sprintf("side of %s", postName)
	mixes := g.computes(g.rows(out), pre, slices.Concat(recurrent, []string{"SOFT_MAX", "FLASH_ATTN_EXT"})...)
	if mixes && g.product(fmt.Sprintf("blk.%d.ffn_down_exps.weight", n)) < 0 {
		l.mixed(n, pre, g.rows(out), side)
		l.absent(Point{MLPOut, n}, "this block has no MLP")
	} else {
		l.mixed(n, pre, -1, fmt.Sprintf("side of %s", midName))
		if l.a.Mid == "" {
			l.absent(Point{AttnOut, n}, "this block has no attention")
		}
		l.put(Point{MLPOut, n}, g.rows(out), side)
	}
	l.read(n, read)
}

// parallel takes apart what a block leaves that adds attention and MLP at once.
func (l *locator) parallel(n, pre, post int) {
	name := fmt.Sprintf(l.a.MLP, n)
	first := func(name string) int {
		return slices.IndexFunc(l.g.Nodes, func(node Node) bool { return node.Name == name })
	}
	mlp := first(name)
	if experts := fmt.Sprintf("ffn_moe_out-%d", n); mlp < 0 && first(experts) >= 0 {
		name, mlp = experts, first(experts)
	}
	rest := slices.DeleteFunc(l.g.addends(post, mlp, pre), func(a int) bool { return a == mlp })
	l.absent(Point{ResidMid, n}, "its blocks add attention and MLP to the stream at once")
	l.put(Point{MLPOut, n}, mlp, name)
	at := slices.IndexFunc(rest, func(a int) bool { return l.g.rows(a) == pre })
	if len(rest) != 2 || at < 0 {
		l.absent(Point{AttnOut, n}, fmt.Sprintf("block %d does not leave the sum of %q, its attention and what it read", n, name))
		return
	}
	l.mixed(n, pre, l.g.rows(rest[1-at]), "")
	l.read(n, l.g.rows(rest[at]))
}

// addends lists what a nest of additions sums, not looking into stops, nor into products to
// which adapters add.
func (g *Graph) addends(sum int, stops ...int) []int {
	x, y := g.input(sum, 0), g.input(sum, 1)
	if slices.Contains(stops, sum) || !g.is(sum, "ADD") || g.adapts(sum) || x < 0 || y < 0 {
		return []int{sum}
	}
	return append(g.addends(x, stops...), g.addends(y, stops...)...)
}

// read notes what block n adds to.
func (l *locator) read(n, node int) {
	if node < 0 {
		return
	}
	shape := l.g.Nodes[node].Shape
	l.m.Read = append(l.m.Read, Located{Point: Point{ResidPre, n}, Node: node, Tensor: l.g.Nodes[node].Name, Shape: shape[:1], Output: shape[1] != l.tokens})
}
