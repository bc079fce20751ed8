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
	"strings"
	"unsafe"

	"intentprobe/hooks"
)

// ContextOptions size a Context.
type ContextOptions struct {
	Tokens       int // KV cells, shared by all sequences
	Sequences    int // at once
	MicroBatch   int // most tokens of one Decode
	Outputs      int // of these with logits, most; 0: one a sequence
	Threads      int
	KVType       string // element type of the KV cache, one of KVTypes; empty is f16
	NoFlash      bool   // attention without flash attention, which rounds its keys and values to float16
	Flash        bool   // with it, also where a device has none; neither: where the devices have it
	Pattern      bool   // compute attention patterns: no flash attention, cell = position in every layer
	WholeWindow  bool   // keep a cell for every token in blocks with a window too: needed where sequences share cells
	IgnoreMemory bool

	copyOnDevice bool // before a tensor is fetched, also on workers; for tests
}

// plain says whether attention is computed without flash attention.
func (opt ContextOptions) plain() bool { return opt.NoFlash || opt.Pattern || opt.KVType == "f32" }

// Context is a KV cache over a model, a thread pool, and a plan of what to copy
// at each decode. One goroutine uses it at a time.
//
// Memory: the logits behind Score and Logits live in C and are valid until the
// next Decode or Close; activations go where the caller says.
type Context struct {
	model *Model
	c     *C.cap_context
	plan  *hooks.Plan
	opt   ContextOptions
	made  C.cap_buffers // that llama.cpp told of

	places []C.cap_place // of the decode that runs
}

// NewContext makes room for decoding. Errors: *MemoryError where the estimate
// exceeds what this machine has left, *LoadError with llama.cpp's own words.
func (m *Model) NewContext(opt ContextOptions) (*Context, error) {
	if m.c == nil {
		return nil, ErrClosed
	}
	if !opt.IgnoreMemory {
		what := fmt.Sprintf("a context of %d tokens for model %q", opt.Tokens, m.facts.Path)
		need, err := m.ContextBytes(opt)
		if err == nil {
			err = checkMemory(what, need)
		}
		if err != nil {
			return nil, err
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := C.cap_context_new(m.c, C.cap_context_params{
		n_ctx: C.uint32_t(opt.Tokens), n_ubatch: C.uint32_t(opt.MicroBatch),
		n_seq_max: C.uint32_t(opt.Sequences), n_threads: C.int32_t(opt.Threads),
		kv_type: kvType(opt.KVType), whole_window: C.bool(opt.WholeWindow || opt.Pattern), copy: C.bool(opt.copyOnDevice), flash: opt.flash(),
	})
	if c == nil {
		reason := complaint("llama.cpp could not make it")
		return nil, &LoadError{Path: m.facts.Path, Reason: fmt.Sprintf("no context of %d tokens: %s", opt.Tokens, reason), hint: contextHint(reason)}
	}
	l := C.cap_context_llama(c)
	opt.Tokens, opt.Sequences = int(C.llama_n_ctx(l)), int(C.llama_n_seq_max(l))
	opt.MicroBatch, opt.Threads = int(C.llama_n_ubatch(l)), int(C.llama_n_threads(l))
	return &Context{model: m, c: c, plan: &hooks.Plan{}, opt: opt, made: C.cap_log_buffers()}, nil
}

// Options gives what the context has: sizes and threads as llama.cpp made them of
// what was asked for.
func (c *Context) Options() ContextOptions { return c.opt }

// flash says what of flash attention is asked for.
func (o *ContextOptions) flash() C.int32_t {
	switch {
	case o.plain():
		return C.LLAMA_FLASH_ATTN_TYPE_DISABLED
	case o.Flash:
		return C.LLAMA_FLASH_ATTN_TYPE_ENABLED
	}
	return C.LLAMA_FLASH_ATTN_TYPE_AUTO
}

// contextHint says what to do about a context that llama.cpp refuses.
func contextHint(reason string) string {
	if strings.Contains(reason, "cache type") || strings.Contains(reason, "V cache") {
		return "use another type for the KV cache: --kv-type f16, bf16 or f32, or leave it out"
	}
	return "lower --ctx or --batch, or --gpu-layers where a device's memory is short"
}

// SetPlan says what every later Decode with targets copies. Its nodes must have
// been located in a graph of this context.
func (c *Context) SetPlan(p *hooks.Plan) error {
	if c.c == nil {
		return ErrClosed
	}
	wants := make([]C.cap_want, len(p.Points)+1)
	for i, l := range p.Points {
		w := &wants[i]
		w.node, w.kind, w.skip, w.width, w.heads = C.int32_t(l.Node), C.int32_t(l.Layout), C.int32_t(l.Skip), C.int32_t(l.Width()), 1
		if l.Layout != hooks.Flat {
			w.heads = C.int32_t(l.Shape[0])
		}
		for j, b := range []byte(l.Tensor)[:min(len(l.Tensor), len(w.name)-1)] {
			w.name[j] = C.char(b)
		}
	}
	c.plan = &hooks.Plan{}
	if C.cap_context_plan(c.c, &wants[0], C.int(len(p.Points)), C.bool(p.Half)) != 0 {
		return fmt.Errorf("models: no memory for a plan of %d points", len(p.Points))
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

// MissingTensorError says that the graph of this model does not hold what was
// located in it.
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

// Decode runs the model on a batch and copies the plan's points to the targets of
// its tokens; without targets it copies nothing.
//
//   - When ctx ends, ggml is told to stop at its next graph node and Decode
//     returns ctx's error; the KV cache then holds an unknown part of the batch
//     and must be cleared before further use. No goroutine is left behind.
//   - *MissingTensorError: the plan does not fit this graph; what targets hold is
//     not to be used.
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
	if targets != nil && len(c.plan.Points) > 0 {
		clear(c.places[:cap(c.places)]) // cgo looks at all of it, and old memory is not pinned any more
		c.places = c.places[:0]
		for _, p := range targets {
			c.places = append(c.places, C.cap_place{base: p.Base, capacity: C.int64_t(p.Capacity), row: C.int64_t(p.Row)})
		}
		pinner.Pin(&c.places[0])
		batch.places = &c.places[0]
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
		return nil
	case code == C.CAP_MISSING || code == C.CAP_SHAPE:
		return &MissingTensorError{c.plan.Points[bad], code == C.CAP_SHAPE}
	case code == 1:
		return fmt.Errorf("models: decode: no room in the KV cache for %d more tokens (context %d)", n, c.opt.Tokens)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("models: decode: %s", complaint(fmt.Sprintf("llama.cpp returned %d", code)))
}

// Logits gives the logits of row i of the last batch, which must have had its
// Output flag: a view on C memory, valid until the next Decode.
func (c *Context) Logits(i int) ([]float32, error) {
	if c.c == nil {
		return nil, ErrClosed
	}
	logits := C.llama_get_logits_ith(C.cap_context_llama(c.c), C.int32_t(i))
	if logits == nil {
		return nil, fmt.Errorf("models: row %d has no logits", i)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(logits)), c.model.facts.Vocabulary), nil
}

// Score reads the logits of row i of the last batch, which must have had its
// Output flag: the log-probability that the model gives next as the following
// token, and the entropy of that distribution, both in nats, at temperature 1.
func (c *Context) Score(i int, next Token) (logprob, entropy float32, err error) {
	logits, err := c.Logits(i)
	if err != nil {
		return 0, 0, err
	}
	var lp, h C.float
	C.cap_score((*C.float)(&logits[0]), C.int(len(logits)), C.int(next), &lp, &h)
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

// CopySequence lets an empty sequence begin with all tokens of another, which both
// then share, without decoding them again. There is no copy of a part: what lies
// before a sequence's end may be gone from the cache (a window), or was never kept
// (a state), so it can be gone on with from its end alone.
func (c *Context) CopySequence(from, to int) {
	C.llama_memory_seq_cp(C.llama_get_memory(C.cap_context_llama(c.c)), C.llama_seq_id(from), C.llama_seq_id(to), -1, -1)
}

// TrimSequence takes a sequence back to its first tokens, and says whether that could be
// done: a state cannot be taken back, and where attention has a window, cells outside it
// are gone unless ContextOptions.WholeWindow keeps them. Where it could not, nothing of
// the sequence may be used.
func (c *Context) TrimSequence(sequence, tokens int) bool {
	return bool(C.llama_memory_seq_rm(C.llama_get_memory(C.cap_context_llama(c.c)), C.llama_seq_id(sequence), C.llama_pos(tokens), -1))
}

// RemoveSequence frees what the KV cache holds of a sequence alone.
func (c *Context) RemoveSequence(s int) {
	C.llama_memory_seq_rm(C.llama_get_memory(C.cap_context_llama(c.c)), C.llama_seq_id(s), -1, -1)
}

// Close frees the cache, the pool and the copies. It may be called twice.
func (c *Context) Close() {
	if c.c != nil {
		C.cap_context_free(c.c)
		c.c = nil
	}
}
