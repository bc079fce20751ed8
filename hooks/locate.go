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
	// Scale names, for each block, the weight that multiplies the stream at its end,
	// empty where there is none.
	Scale []string
	// CacheDone is the last node that writes to the cache of keys, values and
	// recurrent states.
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
	mixer   []int // of each block the node that its attention, or what stands for it, adds
	m       *Map
}

// Locate finds every point of an architecture in the graph of a decode of so
// many tokens, of which fewer had their output flag. The residual stream is where
// the table says; what is added to it is the other side of each addition; the
// rest is found by the names of the weights that are multiplied: q is what
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

// pre gives the node that block n reads, -1 if it was not found.
func (l *locator) pre(n int) int {
	for _, at := range l.m.Points {
		if at.Point == (Point{ResidPre, n}) {
			return at.Node
		}
	}
	return -1
}
