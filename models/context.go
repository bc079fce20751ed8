package models

/*
#include <stdlib.h>
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

// ContextOptions size a Context.
type ContextOptions struct {
	Tokens       int // KV cells, shared by all sequences
	Sequences    int // at once
	MicroBatch   int // most tokens of one Decode
	Threads      int
	Float32      bool // keep the KV cache and compute attention in float32; llama.cpp's default is float16
	IgnoreMemory bool
}

// Context is a KV cache over a model, a thread pool, and a plan of what to copy
// at each decode. One goroutine uses it at a time.
//
// Memory: what Activations and the logits behind Score give lives in C and is
// valid until the next Decode, SetPlan or Close.
type Context struct {
	model *Model
	c     *C.cap_context
	plan  *hooks.Plan
	opt   ContextOptions
}

// NewContext makes room for decoding. Errors: *MemoryError where the estimate
// exceeds what this machine has left, *LoadError with llama.cpp's own words.
func (m *Model) NewContext(opt ContextOptions) (*Context, error) {
	if m.c == nil {
		return nil, ErrClosed
	}
	if !opt.IgnoreMemory {
		what := fmt.Sprintf("a context of %d tokens for model %q", opt.Tokens, m.facts.Path)
		if err := checkMemory(what, m.contextBytes(opt)); err != nil {
			return nil, err
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := C.cap_context_new(m.c, C.cap_context_params{
		n_ctx: C.uint32_t(opt.Tokens), n_ubatch: C.uint32_t(opt.MicroBatch),
		n_seq_max: C.uint32_t(opt.Sequences), n_threads: C.int32_t(opt.Threads), float32: C.bool(opt.Float32),
	})
	if c == nil {
		return nil, &LoadError{m.facts.Path, fmt.Sprintf("no context of %d tokens: %s", opt.Tokens, complaint("llama.cpp could not make it")),
			"lower --ctx or --batch"}
	}
	return &Context{model: m, c: c, plan: &hooks.Plan{}, opt: opt}, nil
}

// contextBytes estimates the KV cache and the logits of a micro-batch.
func (m *Model) contextBytes(opt ContextOptions) uint64 {
	f := m.facts
	kv := 2 * 2 * f.Layers * f.Width * max(1, f.KVHeads) / max(1, f.Heads)
	if opt.Float32 {
		kv *= 2
	}
	return uint64(kv)*uint64(opt.Tokens) + 4*uint64(f.Vocabulary)*uint64(opt.MicroBatch)
}

// Options gives what the context was made with.
func (c *Context) Options() ContextOptions { return c.opt }

// SetPlan says which tensors every later Decode copies.
func (c *Context) SetPlan(p *hooks.Plan) error {
	if c.c == nil {
		return ErrClosed
	}
	names := make([]*C.char, len(p.Tensors)+1)
	for i, n := range p.Tensors {
		names[i] = C.CString(n)
		defer C.free(unsafe.Pointer(names[i]))
	}
	array := (**C.char)(C.malloc(C.size_t(len(names)) * C.size_t(unsafe.Sizeof(names[0]))))
	defer C.free(unsafe.Pointer(array))
	copy(unsafe.Slice(array, len(names)), names)
	c.plan = &hooks.Plan{}
	if C.cap_context_plan(c.c, array, C.int(len(p.Tensors)), C.int(p.Width)) != 0 {
		return fmt.Errorf("models: no memory for %d tensors of %d x %d floats", len(p.Tensors), c.opt.MicroBatch, p.Width)
	}
	c.plan = p
	return nil
}

// Batch is what one Decode consumes: at most MicroBatch tokens. Row i of every
// result belongs to token i. Output marks tokens whose logits are wanted; the
// last layer and the final norm are only computed for these.
type Batch struct {
	Tokens    []Token
	Positions []int32
	Sequences []int32
	Output    []int8
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
}

// Len is the number of tokens.
func (b *Batch) Len() int { return len(b.Tokens) }

// MissingTensorError says that the graph of this model does not hold what a
// hook point's table promises.
type MissingTensorError struct {
	Tensor string
	Shape  bool // it is there, but not as one vector of d_model floats a token
}

func (e *MissingTensorError) Error() string {
	if e.Shape {
		return fmt.Sprintf("graph tensor %q is not one float32 vector of d_model a token", e.Tensor)
	}
	return fmt.Sprintf("graph tensor %q was not computed", e.Tensor)
}

// Decode runs the model on a batch and copies the planned tensors.
//
//   - When ctx ends, ggml is told to stop at its next graph node and Decode
//     returns ctx's error; the KV cache then holds an unknown part of the batch
//     and must be cleared before further use. No goroutine is left behind.
//   - *MissingTensorError: the plan does not fit this model.
//   - Any other error carries llama.cpp's own words.
func (c *Context) Decode(ctx context.Context, b *Batch) error {
	if c.c == nil {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.Len() == 0 || b.Len() > c.opt.MicroBatch {
		return fmt.Errorf("models: decode: %d tokens, the micro-batch holds 1 to %d", b.Len(), c.opt.MicroBatch)
	}
	C.cap_uncancel(c.c)
	cc := c.c
	stop := context.AfterFunc(ctx, func() { C.cap_cancel(cc) })
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var bad C.int
	code := C.cap_decode(c.c, C.int32_t(b.Len()), (*C.int32_t)(&b.Tokens[0]), (*C.int32_t)(&b.Positions[0]),
		(*C.int32_t)(&b.Sequences[0]), (*C.int8_t)(&b.Output[0]), &bad)
	stop()
	switch {
	case code == 0:
		return nil
	case code == C.CAP_MISSING || code == C.CAP_SHAPE:
		return &MissingTensorError{c.plan.Tensors[bad], code == C.CAP_SHAPE}
	case code == 1:
		return fmt.Errorf("models: decode: no room in the KV cache for %d more tokens (context %d)", b.Len(), c.opt.Tokens)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("models: decode: %s", complaint(fmt.Sprintf("llama.cpp returned %d", code)))
}

// Activations gives the copies for point i of the plan after a Decode of n
// tokens: n rows of Width floats, row-major, in the order of the batch. A view
// on C memory, valid until the next Decode.
func (c *Context) Activations(i, n int) []float32 {
	rows := C.cap_rows(c.c, C.int(c.plan.Source[i]))
	return unsafe.Slice((*float32)(unsafe.Pointer(rows)), n*c.plan.Width)
}

// Score reads the logits of row i of the last batch, which must have had its
// Output flag: the log-probability that the model gives next as the following
// token, and the entropy of that distribution, both in nats, at temperature 1.
func (c *Context) Score(i int, next Token) (logprob, entropy float32, err error) {
	logits := C.llama_get_logits_ith(C.cap_context_llama(c.c), C.int32_t(i))
	if logits == nil {
		return 0, 0, fmt.Errorf("models: row %d has no logits", i)
	}
	var lp, h C.float
	C.cap_score((*C.float)(logits), C.int(c.model.facts.Vocabulary), C.int(next), &lp, &h)
	return float32(lp), float32(h), nil
}

// Sample draws the next token from the logits of row i of the last batch.
func (c *Context) Sample(s *Sampler, i int) Token {
	return Token(C.llama_sampler_sample(s.c, C.cap_context_llama(c.c), C.int32_t(i)))
}

// Clear empties the KV cache, so that what follows does not depend on what was.
func (c *Context) Clear() {
	C.llama_memory_clear(C.llama_get_memory(C.cap_context_llama(c.c)), C.bool(false))
}

// Close frees the cache, the pool and the copies. It may be called twice.
func (c *Context) Close() {
	if c.c != nil {
		C.cap_context_free(c.c)
		c.c = nil
	}
}
