package hooks

import (
	"fmt"
	"slices"
)

// Layout says how the floats of a node belong to tokens.
type Layout int

// The layouts; names as in C order, the innermost dimension last.
const (
	Flat         Layout = iota // [tokens, d]
	ByHead                     // [tokens, heads, d_head], maybe a view with gaps
	PatternByKey               // [heads, tokens, keys]
)

// Located is a point with the node that holds it.
type Located struct {
	Point
	Node   int    // in the order of the graph
	Tensor string // the node's name
	Layout Layout
	Skip   int   // floats before the first that is wanted, Flat only
	Shape  []int // of one token; a Pattern's last dimension is set by who captures it
	Output bool  // computed for output tokens alone: behind the last block's selection
}

// Width is the number of floats of one token.
func (l Located) Width() int {
	n := 1
	for _, d := range l.Shape {
		n *= d
	}
	return n
}

// Map is where the points of one model lie in the graphs of one context.
type Map struct {
	Layers int
	Points []Located        // in column order
	Absent map[Point]string // why a point that others have is not here
	// Read is what each block adds to: its own view of the stream, which must be
	// what the block before left.
	Read []Located
	// CacheDone is the last node that writes to the KV cache.
	CacheDone int
	Graph     *Graph
}

// Find gives a point's place.
func (m *Map) Find(p Point) (Located, bool) {
	for _, l := range m.Points {
		if l.Point == p {
			return l, true
		}
	}
	return Located{}, false
}

// Drop takes a point out of the map and says why.
func (m *Map) Drop(p Point, why string) {
	m.Points = slices.DeleteFunc(m.Points, func(l Located) bool { return l.Point == p })
	m.Absent[p] = why
}

// Matches checks that another graph of the same context holds the points of this
// one as the same nodes.
func (m *Map) Matches(other *Map) error {
	for _, l := range m.Points {
		if o, ok := other.Find(l.Point); !ok || o.Node != l.Node || o.Tensor != l.Tensor {
			return fmt.Errorf("hooks: %q is node %d, %q, in the graph of several tokens and node %d, %q, in that of one: capture cannot read this model",
				l.Point, l.Node, l.Tensor, o.Node, o.Tensor)
		}
	}
	if m.CacheDone != other.CacheDone {
		return fmt.Errorf("hooks: the graph of several tokens has its last cache write at node %d, that of one at node %d", m.CacheDone, other.CacheDone)
	}
	return nil
}

// locator collects what Locate finds in one graph.
type locator struct {
	g       *Graph
	a       Arch
	tokens  int
	outputs int
	m       *Map
}

// Locate finds every point of an architecture in the graph of a decode of so
// many tokens, of which fewer had their output flag. The residual stream is where
// the table says; what is added to it is the other side of each addition; the
// rest is found by the names of the weights that are multiplied: q is what
// attn_q.weight gives, mlp.hook_post what ffn_down.weight takes.
func Locate(g *Graph, a Arch, layers, tokens, outputs int) *Map {
	l := &locator{g: g, a: a, tokens: tokens, outputs: outputs, m: &Map{Layers: layers, Absent: map[Point]string{}, Graph: g}}
	l.put(Point{Site: Embed}, g.named(a.Embed), a.Embed)
	for n := range layers {
		l.stream(n)
		l.attention(n)
		l.mlp(n)
	}
	l.put(Point{Site: FinalNorm}, g.named(a.Norm), a.Norm)
	l.put(Point{Site: Logits}, g.named("result_output"), "result_output")
	slices.SortFunc(l.m.Points, func(x, y Located) int { return x.compare(y.Point) })
	for i := range g.Nodes {
		if g.is(i, "SET_ROWS", "CPY") {
			l.m.CacheDone = i
		}
	}
	return l.m
}

func (p Point) compare(q Point) int {
	order := func(p Point) int {
		switch p.Site {
		case Embed:
			return -1
		case FinalNorm, Logits:
			return 1 << 20
		}
		return p.Layer
	}
	if d := order(p) - order(q); d != 0 {
		return d
	}
	return int(p.Site - q.Site)
}

// put notes a node of one vector a token.
func (l *locator) put(p Point, node int, name string) {
	if node < 0 {
		l.absent(p, fmt.Sprintf("the graph has no tensor %q", name))
		return
	}
	shape := l.g.Nodes[node].Shape
	l.add(Located{Point: p, Node: node, Shape: shape[:1]}, shape[1], shape[2] == 1)
}

// add notes a place whose node has rows for so many tokens.
func (l *locator) add(at Located, rows int, fits bool) {
	at.Tensor = l.g.Nodes[at.Node].Name
	if !fits || rows != l.tokens && rows != l.outputs {
		l.absent(at.Point, fmt.Sprintf("graph tensor %q of shape %v does not hold one row a token", at.Tensor, l.g.Nodes[at.Node].Shape))
		return
	}
	at.Output = rows != l.tokens
	at.Shape = slices.Clone(at.Shape)
	l.m.Points = append(l.m.Points, at)
}

func (l *locator) absent(p Point, why string) { l.m.Absent[p] = why }

// stream finds what block n reads, adds and leaves.
func (l *locator) stream(n int) {
	g := l.g
	preName, postName := l.a.Stream, fmt.Sprintf(l.a.Post, n)
	if n > 0 {
		preName = fmt.Sprintf(l.a.Post, n-1)
	}
	pre, post := g.named(preName), g.named(postName)
	l.put(Point{ResidPre, n}, pre, preName)
	l.put(Point{ResidPost, n}, post, postName)

	mid, midName := l.mid(n, pre, post)
	if mid < 0 && l.a.MLP != "" {
		l.parallel(n, pre, post)
		return
	}
	read, attn := g.sides(mid, pre)
	if mid < 0 { // a block without attention (Deci)
		read, _ = g.sides(post, pre)
	}
	_, mlp := g.sides(post, max(mid, read))
	l.put(Point{ResidMid, n}, mid, midName)
	l.put(Point{AttnOut, n}, g.rows(attn), fmt.Sprintf("side of %s", midName))
	l.put(Point{MLPOut, n}, mlp, fmt.Sprintf("side of %s", postName))
	l.read(n, read)
}

// mid finds the stream between attention and MLP: by its name or, where it has
// none, as the side of the block's last addition that is itself an addition to
// what the block reads.
func (l *locator) mid(n, pre, post int) (int, string) {
	if l.a.Mid != "" {
		name := fmt.Sprintf(l.a.Mid, n)
		return l.g.named(name), name
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

// parallel takes apart what a block leaves that adds attention and MLP at once.
func (l *locator) parallel(n, pre, post int) {
	name := fmt.Sprintf(l.a.MLP, n)
	mlp := slices.IndexFunc(l.g.Nodes, func(node Node) bool { return node.Name == name })
	rest := slices.DeleteFunc(l.g.addends(post, mlp, pre), func(a int) bool { return a == mlp })
	l.absent(Point{ResidMid, n}, "its blocks add attention and MLP to the stream at once")
	l.put(Point{MLPOut, n}, mlp, name)
	at := slices.IndexFunc(rest, func(a int) bool { return l.g.rows(a) == pre })
	if len(rest) != 2 || at < 0 {
		l.absent(Point{AttnOut, n}, fmt.Sprintf("block %d does not leave the sum of %q, its attention and what it read", n, name))
		return
	}
	l.put(Point{AttnOut, n}, l.g.rows(rest[1-at]), "")
	l.read(n, l.g.rows(rest[at]))
}

// addends lists what a nest of additions sums, not looking into stops.
func (g *Graph) addends(sum int, stops ...int) []int {
	x, y := g.input(sum, 0), g.input(sum, 1)
	if slices.Contains(stops, sum) || !g.is(sum, "ADD") || x < 0 || y < 0 {
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
