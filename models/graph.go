package models

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"unsafe"

	"intentprobe/hooks"
)

// Graph decodes a batch, copies nothing, and gives the nodes that were computed.
// What the batch left in the KV cache is for the caller to clear.
func (c *Context) Graph(ctx context.Context, b *Batch) (*hooks.Graph, error) {
	if err := c.decode(ctx, b, Extent{}, nil, true); err != nil {
		return nil, err
	}
	g := &hooks.Graph{}
	index := map[unsafe.Pointer]int{} // of nodes and, below 0, of leaves
	for i := range C.cap_nodes(c.c) {
		t := C.cap_node(c.c, i)
		n := hooks.Node{
			Name: C.GoString(&t.name[0]), Op: C.GoString(C.ggml_op_name(t.op)), Offset: int(t.view_offs),
			Params: [2]int32{int32(t.op_params[0]), int32(t.op_params[1])},
		}
		for d := range n.Shape {
			n.Shape[d] = int(t.ne[d])
		}
		for _, src := range t.src {
			if src == nil {
				continue
			}
			at, seen := index[unsafe.Pointer(src)]
			if !seen {
				at = g.Source(C.GoString(&src.name[0]))
				index[unsafe.Pointer(src)] = at
			}
			n.Inputs = append(n.Inputs, at)
		}
		index[unsafe.Pointer(t)] = len(g.Nodes)
		g.Nodes = append(g.Nodes, n)
	}
	return g, nil
}
