package hooks

import (
	"fmt"
	"slices"
)

// locator collects what Locate finds in one graph.
type locator struct {
	g       *Graph
	a       Arch
	tokens  int
	outputs int
	mixer   []int // of each block the node that its attention, or what stands for it, adds
	m       *Map
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
