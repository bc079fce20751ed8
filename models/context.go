package models

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"

	"intentprobe/capture/hint"
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
	Flash        bool   // with flash attention, even where a device has none; neither set: where the devices have it
	Pattern      bool   // compute attention patterns: no flash attention, cell = position in every layer
	WholeWindow  bool   // keep a cell for every token in blocks with a window too: needed where sequences share cells
	IgnoreMemory bool

	copyOnDevice bool   // before a tensor is fetched, also on workers; for tests
	mostCopied   uint64 // bytes of a copy at which memory counts as run out; 0: none; for tests
}

// plain says whether attention is computed without flash attention.
func (opt ContextOptions) plain() bool { return opt.NoFlash || opt.Pattern || opt.KVType == "f32" }

// Context is a KV cache over a model, a thread pool, and a plan of what to copy
// at each decode. One goroutine uses it at a time.
//
// Memory: the logits that Score and Logits read live in C and are valid until the
// next Decode or Close; activations go where the caller says.
type Context struct {
	model *Model
	c     *C.cap_context
	plan  *hooks.Plan
	opt   ContextOptions
	made  C.cap_buffers // that llama.cpp reported

	nodeOrder []int // place of each edit of the plan in the order of nodes

	// Of the decode that runs.
	places  []C.cap_place
	applied []C.cap_apply
	norms   []C.float // two of each
}

// openContext makes room for decoding, whatever it takes. The error is a *LoadError with
// llama.cpp's own words.
func (m *Model) openContext(opt ContextOptions) (*Context, error) {
	if m.c == nil {
		return nil, ErrClosed
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := C.cap_context_new(m.c, C.cap_context_params{
		n_ctx: C.uint32_t(opt.Tokens), n_ubatch: C.uint32_t(opt.MicroBatch),
		n_seq_max: C.uint32_t(opt.Sequences), n_threads: C.int32_t(opt.Threads),
		kv_type: kvType(opt.KVType), whole_window: C.bool(opt.WholeWindow || opt.Pattern), copy: C.bool(opt.copyOnDevice), flash: opt.flash(),
		most: C.size_t(opt.mostCopied - 1), // of 0 it is the largest number
	})
	if c == nil {
		return nil, m.noContext(opt, complaint("llama.cpp could not make it"))
	}
	l := C.cap_context_llama(c)
	m.useAdapters(l)
	opt.Tokens, opt.Sequences = int(C.llama_n_ctx(l)), int(C.llama_n_seq_max(l))
	opt.MicroBatch, opt.Threads = int(C.llama_n_ubatch(l)), int(C.llama_n_threads(l))
	return &Context{model: m, c: c, plan: &hooks.Plan{}, opt: opt, made: C.cap_log_buffers()}, nil
}

// noContext is the error of a context that llama.cpp refuses, with its reason.
func (m *Model) noContext(opt ContextOptions, reason string) error {
	reason, advice := fmt.Sprintf("no context of %d tokens: %s", opt.Tokens, reason), []any{"lower ", hint.Key("engine.ctx"), " or ", hint.Key("engine.batch"), ", or ", hint.Key("engine.gpu_layers"), " where a device's memory is short"}
	if strings.Contains(reason, "cache type") || strings.Contains(reason, "V cache") {
		advice = []any{"use another type for the KV cache: f16, bf16 or f32 as ", hint.Key("engine.kv_type"), ", or leave it out"}
	}
	return loadError(m.facts.Path, reason, advice...)
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

// Clear empties the KV cache, so that what follows does not depend on what was.
func (c *Context) Clear() {
	C.llama_memory_clear(C.llama_get_memory(C.cap_context_llama(c.c)), C.bool(false))
}

// CopySequence lets an empty sequence begin with all tokens of another, which both then
// share, without decoding them again. There is no copy of a part: what lies before a
// sequence's end may be gone from the cache (a window), or was never kept (a state), so
// that a sequence can be continued from its end alone.
func (c *Context) CopySequence(from, to int) {
	C.llama_memory_seq_cp(C.llama_get_memory(C.cap_context_llama(c.c)), C.llama_seq_id(from), C.llama_seq_id(to), -1, -1)
}

// TrimSequence takes a sequence back to its first tokens, and says whether that could be
// done: a state cannot be taken back, and where attention has a window, cells outside it
// may have been used again, in a cache of any size. Where it could not, nothing of the
// sequence may be used.
func (c *Context) TrimSequence(sequence, tokens int) bool {
	memory, id := C.llama_get_memory(C.cap_context_llama(c.c)), C.llama_seq_id(sequence)
	if window := c.model.facts.Window; window > 0 {
		// Of a sequence, llama.cpp keeps cells without a gap from the first that is left.
		if first := int(C.llama_memory_seq_pos_min(memory, id)); first < 0 || first > max(0, tokens-window) {
			return false
		}
	}
	return bool(C.llama_memory_seq_rm(memory, id, C.llama_pos(tokens), -1))
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
