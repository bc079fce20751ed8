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
	Output bool  // computed for output tokens alone: after the last block's selection
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
