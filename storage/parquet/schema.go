package parquet

import (
	"fmt"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// mostNested is how deep columns may nest.
const mostNested = 100

// rowNode is a field of a Parquet schema: a value, a struct, a list or a map.
type rowNode struct {
	name     string
	levels   levels
	optional bool
	repeated bool // a list by itself, or what repeats in one
	isMap    bool
	list     *rowNode // of a list: what repeats
	element  *rowNode // of what repeats in a list: its elements, where they are below it
	children []*rowNode
	leaf     *rowLeaf
	leaves   []*rowLeaf
}

// shape finds out whether a group is a list or a map, by the rules of the format.
func (n *rowNode) shape(group *schema.GroupNode) error {
	kind := group.ConvertedType()
	one := len(n.children) == 1 && n.children[0].repeated
	switch {
	case kind == schema.ConvertedTypes.List && one:
		n.list = n.children[0]
		if below := n.list.children; n.list.leaf == nil && len(below) == 1 && n.list.name != "array" && n.list.name != n.name+"_tuple" {
			n.list.element = below[0]
		}
	case (kind == schema.ConvertedTypes.Map || kind == schema.ConvertedTypes.MapKeyValue) && one:
		if len(n.children[0].children) != 2 {
			return fmt.Errorf("column %q: a map without keys and values", n.name)
		}
		n.list, n.isMap = n.children[0], true
	}
	return nil
}

func (n *rowNode) allLeaves() []*rowLeaf {
	if n.leaves == nil && n.leaf != nil {
		n.leaves = []*rowLeaf{n.leaf}
	}
	if n.leaves == nil {
		for _, child := range n.children {
			n.leaves = append(n.leaves, child.allLeaves()...)
		}
	}
	return n.leaves
}

// newRowNode reads a field of the schema.
func newRowNode(n schema.Node, at levels, depth int) (*rowNode, error) {
	if depth > mostNested {
		return nil, fmt.Errorf("columns nest more than %d deep", mostNested)
	}
	out := &rowNode{name: n.Name()}
	switch {
	case depth == 0:
	case n.RepetitionType() == parquet.Repetitions.Optional:
		at.def++
		out.optional = true
	case n.RepetitionType() == parquet.Repetitions.Repeated:
		at.def++
		at.rep++
		out.repeated = true
	}
	out.levels = at
	group, ok := n.(*schema.GroupNode)
	if !ok {
		leaf, err := newRowLeaf(n.(*schema.PrimitiveNode), at)
		out.leaf = leaf
		return out, err
	}
	for i := range group.NumFields() {
		child, err := newRowNode(group.Field(i), at, depth+1)
		if err != nil {
			return nil, err
		}
		out.children = append(out.children, child)
	}
	if len(out.children) == 0 {
		return nil, fmt.Errorf("column %q holds nothing", n.Name())
	}
	return out, out.shape(group)
}
