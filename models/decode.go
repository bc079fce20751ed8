package models

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"

	"intentprobe/hooks"
)

// Batch is what one Decode consumes: at most MicroBatch tokens. Row i of every
// result belongs to token i. Output marks tokens whose logits are wanted; the
// last layer and the final norm are only computed for these.
type Batch struct {
	Tokens    []Token
	Positions []int32
	Sequences []int32
	Output    []int8
	Edits     []Application // what of the plan's edits is applied; Decode sorts them by node and token
}

// Add appends one token.
func (b *Batch) Add(t Token, position, sequence int, output bool) {
	flag := int8(0)
	if output {
		flag = 1
	}
	b.Tokens = append(b.Tokens, t)
	b.Positions = append(b.Positions, int32(position))
	b.Sequences = append(b.Sequences, int32(sequence))
	b.Output = append(b.Output, flag)
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Tokens, b.Positions, b.Sequences, b.Output = b.Tokens[:0], b.Positions[:0], b.Sequences[:0], b.Output[:0]
	clear(b.Edits)
	b.Edits = b.Edits[:0]
}

// Len is the number of tokens.
func (b *Batch) Len() int { return len(b.Tokens) }

// Target is where the row of one token goes: column i of the plan at Base +
// Capacity*offset(i) + Row*bytes(i), bytes(i) being the size of one row in that
// column and offset(i) the sum of those before it. Base nil: not wanted. Whoever
// gives a target owns its memory and keeps it in its place until Decode returns.
type Target struct {
	Base          unsafe.Pointer
	Capacity, Row int
}

// Extent says how far a Decode runs. The zero value is: to the logits.
type Extent struct {
	Stop   bool // after Node; no logits then
	Node   int
	Forget bool // the KV cache forgets the tokens: nothing will follow them
}

// MissingTensorError says that a decode computed another graph than the one in which a
// point was located: its tensor is not there.
type MissingTensorError struct {
	Point hooks.Located
	Shape bool // it is there, but not in the shape that it had
}

func (e *MissingTensorError) Error() string {
	if e.Shape {
		return fmt.Sprintf("graph tensor %q, of %q, has another shape than when it was located, or no row for a token", e.Point.Tensor, e.Point.Point)
	}
	return fmt.Sprintf("graph tensor %q, of %q, was not computed as node %d", e.Point.Tensor, e.Point.Point, e.Point.Node)
}

// Decode runs the model on a batch, applies the batch's edits, and copies the plan's points
// to the targets of its tokens; without targets it copies nothing.
//
//   - When ctx ends, ggml is told to stop at its next graph node and Decode
//     returns ctx's error; the KV cache then holds an unknown part of the batch
//     and must be cleared before further use. No goroutine is left behind.
//   - *MissingTensorError: the plan does not fit this graph; what targets hold is
//     not to be used.
//   - *MemoryError: the system gave no memory to copy a point with; the same holds.
//   - *EditError: an edit made values that are no numbers; the same holds.
//   - Any other error carries llama.cpp's own words.
func (c *Context) Decode(ctx context.Context, b *Batch, extent Extent, targets []Target) error {
	return c.decode(ctx, b, extent, targets, false)
}

func (c *Context) decode(ctx context.Context, b *Batch, extent Extent, targets []Target, record bool) error {
	if c.c == nil {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	n := b.Len()
	if n == 0 || n > c.opt.MicroBatch || targets != nil && len(targets) != n {
		return fmt.Errorf("models: decode: %d tokens with %d targets; the micro-batch holds 1 to %d", n, len(targets), c.opt.MicroBatch)
	}
	C.cap_uncancel(c.c)
	cc := c.c
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		C.cap_cancel(cc)
		close(cancelled)
	})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// C sees the slices through one struct: they are held in their place meanwhile.
	var pinner runtime.Pinner
	defer pinner.Unpin()
	for _, p := range []any{&b.Tokens[0], &b.Positions[0], &b.Sequences[0], &b.Output[0]} {
		pinner.Pin(p)
	}
	batch := C.cap_batch{
		n: C.int32_t(n), token: (*C.int32_t)(&b.Tokens[0]), pos: (*C.int32_t)(&b.Positions[0]),
		seq: (*C.int32_t)(&b.Sequences[0]), output: (*C.int8_t)(&b.Output[0]), record: C.bool(record),
	}
	if targets != nil && len(c.plan.Reads) > 0 {
		clear(c.places[:cap(c.places)]) // cgo looks at all of it, and old memory is not pinned any more
		c.places = c.places[:0]
		for _, p := range targets {
			c.places = append(c.places, C.cap_place{base: p.Base, capacity: C.int64_t(p.Capacity), row: C.int64_t(p.Row)})
		}
		pinner.Pin(&c.places[0])
		batch.places = &c.places[0]
	}
	if err := c.applications(b, &batch, &pinner); err != nil {
		return err
	}
	if extent.Stop {
		batch.extent, batch.stop = C.CAP_KEEP, C.int32_t(extent.Node)
		if extent.Forget {
			batch.extent = C.CAP_FORGET
		}
	}
	var bad C.int
	code := C.cap_decode(c.c, &batch, &bad)
	if !stop() {
		<-cancelled // so that it reaches neither the next decode nor a closed context
	}
	switch {
	case code == 0:
		return c.tellEdits(b)
	case code == C.CAP_MEMORY:
		what := "the list of the graph's nodes"
		if bad >= 0 {
			what = fmt.Sprintf("a copy of graph tensor %q, of %q,", c.plan.Reads[bad].Tensor, c.plan.Reads[bad].Point)
		}
		return ranOut(what, uint64(C.cap_refused(c.c)))
	case code == C.CAP_MISSING || code == C.CAP_SHAPE:
		return &MissingTensorError{c.plan.At(int(bad)), code == C.CAP_SHAPE}
	case code == 1:
		return fmt.Errorf("models: decode: no room in the KV cache for %d more tokens (context %d)", n, c.opt.Tokens)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("models: decode: %s", complaint(fmt.Sprintf("llama.cpp returned %d", code)))
}
