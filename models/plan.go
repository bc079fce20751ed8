package models

/*
#include "shim.h"
*/
import "C"

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"unsafe"

	"intentprobe/hooks"
)

// SetPlan says what every later Decode with targets copies, and what a batch may have
// edited. Its nodes must have been located in a graph of this context. Every later Decode
// cuts the graph at all edited nodes, whether its batch edits anything or not. The edits'
// floats are copied. The error is ErrClosed or a *MemoryError.
func (c *Context) SetPlan(p *hooks.Plan) error {
	if c.c == nil {
		return ErrClosed
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	wants, edits := make([]C.cap_want, len(p.Reads)+1), make([]C.cap_edit, len(p.Edits)+1)
	for i, l := range p.Reads {
		wants[i] = wantOf(l)
	}
	for i := range p.Edits {
		edits[i] = editOf(&p.Edits[i], &pinner)
	}
	c.plan, c.nodeOrder = &hooks.Plan{}, nil
	if C.cap_context_plan(c.c, &wants[0], C.int(len(p.Reads)), C.bool(p.Half), &edits[0], C.int(len(p.Edits))) != 0 {
		return ranOut(fmt.Sprintf("a plan of %d points and %d edits", len(p.Reads), len(p.Edits)), uint64(len(wants))*uint64(unsafe.Sizeof(wants[0]))+p.EditBytes())
	}
	c.plan, c.nodeOrder = p, nodeOrder(p.Edits)
	return nil
}

// wantOf says where a point's rows lie.
func wantOf(l hooks.Located) (w C.cap_want) {
	w.node, w.kind, w.skip, w.width, w.heads = C.int32_t(l.Node), C.int32_t(l.Layout), C.int32_t(l.Skip), C.int32_t(l.Width()), 1
	if l.Layout != hooks.Flat {
		w.heads = C.int32_t(l.Shape[0])
	}
	for j, b := range []byte(l.Tensor)[:min(len(l.Tensor), len(w.name)-1)] {
		w.name[j] = C.char(b)
	}
	return w
}

// editOf gives an edit as C has it. Its floats are pinned.
func editOf(e *hooks.Edit, pinner *runtime.Pinner) C.cap_edit {
	at := func(x []float32) *C.float {
		if len(x) == 0 {
			return nil
		}
		pinner.Pin(&x[0])
		return (*C.float)(&x[0])
	}
	return C.cap_edit{
		at: wantOf(e.Located), op: C.int32_t(e.Op), first: C.int32_t(e.First), width: C.int32_t(e.Floats), rank: C.int32_t(e.Rank),
		vector: at(e.Vector), bias: at(e.Bias), factor: C.float(e.Factor), low: C.float(e.Low), high: C.float(e.High), relative: C.bool(e.Relative),
	}
}

// nodeOrder gives the place of each edit in the order of their nodes; of one node those that
// score are first, then one point of the node comes after the other, and the edits of a point
// are in the plan's order.
func nodeOrder(edits []hooks.Edit) []int {
	order, place := make([]int, len(edits)), make([]int, len(edits))
	for i := range order {
		order[i] = i
	}
	changes := func(e *hooks.Edit) int {
		if e.Op == hooks.EditScore {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &edits[a], &edits[b]
		return cmp.Or(x.Node-y.Node, changes(x)-changes(y), x.Skip-y.Skip)
	})
	for at, i := range order {
		place[i] = at
	}
	return place
}

// Application is an edit of the plan that a batch applies to one of its tokens.
type Application struct {
	Edit  int // of the plan
	Token int // of the batch
	Owner int // for whoever asks; Decode leaves it alone

	Other []float32 // of a swap: the floats of the other row. Read during Decode
	Out   []float32 // of EditKeep and EditScore: where the floats, or the score, go. Written during Decode
	When  []float32 // of one number: the edit is left out unless it is above Above. Read when the edit's node is computed
	Above float32

	// What Decode found: the norm of what this edit and those before it in the batch added to
	// the token's row at its point, and the norm of that row before them, of all its floats.
	// Both are -1 where the edit was left out, or changes nothing by its kind. Last says that
	// no later one changed the row: Added is then of all that was added.
	Added, Before float32
	Last          bool
}

// applications hands the edits of a batch to C, in the order of their nodes.
func (c *Context) applications(b *Batch, batch *C.cap_batch, pinner *runtime.Pinner) error {
	if len(b.Edits) == 0 {
		return nil
	}
	pin := func(x []float32) *C.float {
		if len(x) == 0 {
			return nil
		}
		pinner.Pin(&x[0])
		return (*C.float)(&x[0])
	}
	for i := range b.Edits {
		a := &b.Edits[i]
		if a.Edit < 0 || a.Edit >= len(c.nodeOrder) || a.Token < 0 || a.Token >= b.Len() {
			return fmt.Errorf("models: decode: edit %d of token %d; the plan has %d edits, the batch %d tokens", a.Edit, a.Token, len(c.nodeOrder), b.Len())
		}
		e := &c.plan.Edits[a.Edit]
		short := e.Op == hooks.EditSwap && len(a.Other) != e.Floats || e.Op == hooks.EditKeep && len(a.Out) != e.Floats ||
			e.Op == hooks.EditScore && len(a.Out) != 1 || len(a.When) > 1
		if short {
			return fmt.Errorf("models: decode: edit %q at %q lacks the floats that it reads or writes", e.Name, e.Point)
		}
	}
	slices.SortStableFunc(b.Edits, func(x, y Application) int {
		return cmp.Or(c.plan.Edits[x.Edit].Node-c.plan.Edits[y.Edit].Node, x.Token-y.Token, c.nodeOrder[x.Edit]-c.nodeOrder[y.Edit])
	})
	clear(c.applied[:cap(c.applied)]) // cgo looks at all of it, and old memory is not pinned any more
	c.applied, c.norms = c.applied[:0], slices.Grow(c.norms[:0], 2*len(b.Edits))[:2*len(b.Edits)]
	for i := range b.Edits {
		a := &b.Edits[i]
		c.applied = append(c.applied, C.cap_apply{edit: C.int32_t(a.Edit), token: C.int32_t(a.Token), other: pin(a.Other), out: pin(a.Out), when: pin(a.When), above: C.float(a.Above)})
	}
	for i := range c.norms {
		c.norms[i] = -1
	}
	pinner.Pin(&c.applied[0])
	pinner.Pin(&c.norms[0])
	batch.edits, batch.n_edits, batch.norms = &c.applied[0], C.int32_t(len(c.applied)), (*C.float)(&c.norms[0])
	return nil
}

// EditError says that an edit made values of a row that are not finite.
type EditError struct {
	Edit  string // its name
	Point hooks.Point
	Token int // of the batch
}

func (e *EditError) Error() string {
	return fmt.Sprintf("models: decode: edit %q at %q makes values that are not finite", e.Edit, e.Point)
}

// tellEdits takes over what the edits of a batch did: an *EditError where it is no
// number.
func (c *Context) tellEdits(b *Batch) error {
	var later *Application // that changed a row
	for i := len(b.Edits) - 1; i >= 0; i-- {
		a := &b.Edits[i]
		a.Added, a.Before = float32(c.norms[2*i]), float32(c.norms[2*i+1])
		if a.Last = false; a.Added >= 0 {
			a.Last = later == nil || !c.sameRow(a, later)
			later = a
		}
		if math.IsNaN(float64(a.Added)) || math.IsInf(float64(a.Added), 0) {
			e := &c.plan.Edits[a.Edit]
			return &EditError{Edit: e.Name, Point: e.Point, Token: a.Token}
		}
	}
	return nil
}

// sameRow says whether two applications change the same row of a batch.
func (c *Context) sameRow(a, b *Application) bool {
	x, y := &c.plan.Edits[a.Edit], &c.plan.Edits[b.Edit]
	return a.Token == b.Token && x.Node == y.Node && x.Skip == y.Skip
}
