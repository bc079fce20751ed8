package models

// #include "shim.h"
import "C"

import (
	"context"
	"slices"
)

// kvTypes are the element types that llama.cpp takes for a KV cache, by its names.
var kvTypes = []struct {
	name string
	ggml C.int32_t
}{
	{"f16", C.GGML_TYPE_F16}, {"f32", C.GGML_TYPE_F32}, {"bf16", C.GGML_TYPE_BF16}, {"q8_0", C.GGML_TYPE_Q8_0},
	{"q5_1", C.GGML_TYPE_Q5_1}, {"q5_0", C.GGML_TYPE_Q5_0}, {"q4_1", C.GGML_TYPE_Q4_1}, {"q4_0", C.GGML_TYPE_Q4_0}, {"iq4_nl", C.GGML_TYPE_IQ4_NL},
}

// KVTypes lists the element types that a KV cache may have. Quantised ones need flash
// attention.
func KVTypes() (out []string) {
	for _, t := range kvTypes {
		out = append(out, t.name)
	}
	return out
}

// Quantised says whether a type of KVTypes is a quantised one.
func Quantised(kv string) bool { return !slices.Contains([]string{"", "f16", "f32", "bf16"}, kv) }

func kvType(name string) C.int32_t {
	for _, t := range kvTypes {
		if t.name == name {
			return t.ggml
		}
	}
	return C.GGML_TYPE_F16
}

// kvBytes is what so many elements of a KV cache take.
func kvBytes(kv string, elements int) uint64 {
	t := uint32(kvType(kv))
	return uint64(C.ggml_type_size(t)) * uint64(elements) / uint64(C.ggml_blck_size(t))
}

// cacheTensor is a part of the cache: keys, values or a state of one block.
type cacheTensor struct {
	block  int
	row    int // elements, for a token or, of a state, a sequence
	value  bool
	state  bool // float32; all else has the type that a context asks for
	window bool
}

// layout is what llama.cpp was seen to need for a context of one sequence.
type layout struct {
	cache   []cacheTensor
	shared  int    // blocks that attend to the keys of another
	compute uint64 // bytes to compute with, for each token of a micro-batch
}

// mostCacheTensors is more than any model has.
const mostCacheTensors = 1024

// learn finds out what the model's cache consists of: sizes of heads, shared keys,
// windows and states are each architecture's own. It decodes one token.
func (m *Model) learn() (*layout, error) {
	m.learning.Lock()
	defer m.learning.Unlock()
	if m.layout != nil {
		return m.layout, nil
	}
	c, err := m.NewContext(ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: 1, IgnoreMemory: true})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var batch Batch
	batch.Add(0, 0, 0, true)
	if err := c.decode(context.Background(), &batch, Extent{}, nil, true); err != nil {
		return nil, err
	}
	found := make([]C.cap_cache_tensor, mostCacheTensors)
	var attending C.int
	n := int(C.cap_cache(c.c, &found[0], mostCacheTensors, &attending))
	l := &layout{shared: int(attending), compute: uint64(c.made.compute) / 32}
	narrow := m.facts.Window > 0 && m.offloaded == 0 // masks are copied to devices, and cannot be told apart there
	for _, t := range found[:min(n, mostCacheTensors)] {
		l.cache = append(l.cache, cacheTensor{int(t.block), int(t.row), bool(t.value), bool(t.state), bool(t.window) && narrow})
	}
	l.shared -= l.blocks(func(t cacheTensor) bool { return !t.state })
	m.layout = l
	return l, nil
}

// blocks counts the blocks that have such a part.
func (l *layout) blocks(of func(cacheTensor) bool) int {
	seen := map[int]bool{}
	for _, t := range l.cache {
		if of(t) {
			seen[t.block] = true
		}
	}
	return len(seen)
}

// cachePad is the unit of a cache's size in cells.
const cachePad = 256

func padded(cells int) int { return (cells + cachePad - 1) / cachePad * cachePad }

// ContextBytes estimates what a context takes of the host's memory: the cache of the
// blocks that are not on a device, what computing a micro-batch takes, and its logits.
// It is llama.cpp's own account of a small context, at this one's size.
func (m *Model) ContextBytes(opt ContextOptions) (uint64, error) {
	l, err := m.learn()
	if err != nil {
		return 0, err
	}
	logits := 4 * uint64(m.facts.Vocabulary) * uint64(max(opt.Outputs, opt.Sequences))
	return l.cacheBytes(m, opt) + l.computeBytes(m, opt) + logits, nil
}

// narrow is how many cells blocks with a window have, 0 where there are no such blocks.
func (l *layout) narrow(m *Model, opt ContextOptions) int {
	switch cells := padded(opt.Tokens); {
	case l.blocks(func(t cacheTensor) bool { return t.window }) == 0:
		return 0
	case opt.WholeWindow || opt.Pattern:
		return cells
	default:
		return min(cells, padded(m.facts.Window*opt.Sequences+opt.MicroBatch))
	}
}

// indexed says whether blocks keep further keys, by which they choose what to attend to.
func (l *layout) indexed() bool {
	keys := map[int]int{}
	for _, t := range l.cache {
		if !t.state && !t.value {
			if keys[t.block]++; keys[t.block] > 1 {
				return true
			}
		}
	}
	return false
}

// cacheBytes is what the cache takes.
func (l *layout) cacheBytes(m *Model, opt ContextOptions) (total uint64) {
	cells := padded(opt.Tokens)
	widest := 0 // without flash attention, values of any block have room for the largest
	for _, t := range l.cache {
		if t.value {
			widest = max(widest, t.row)
		}
	}
	first := m.facts.Layers - max(0, min(m.facts.Layers, m.offloaded-1)) // on a device, where the output comes last
	for _, t := range l.cache {
		row := t.row
		if t.value && opt.plain() {
			row = widest
		}
		switch {
		case t.block >= first:
		case t.state:
			total += 4 * uint64(row) * uint64(opt.Sequences)
		case t.window:
			total += kvBytes(opt.KVType, row) * uint64(l.narrow(m, opt))
		default:
			total += kvBytes(opt.KVType, row) * uint64(cells)
		}
	}
	if idle := m.facts.Layers - l.blocks(func(cacheTensor) bool { return true }) - l.shared; opt.plain() && !m.facts.Recurrent && idle > 0 {
		total += uint64(idle*first/max(1, m.facts.Layers)) * kvBytes(opt.KVType, widest) * uint64(cells) // also of those without attention
	}
	return total
}

// computeBytes is what ggml computes in: the larger of what it takes without a long
// context, the logits above all, and of attention to every cell.
func (l *layout) computeBytes(m *Model, opt ContextOptions) uint64 {
	cells, attention := padded(opt.Tokens), 0
	if l.blocks(func(t cacheTensor) bool { return !t.state }) > 0 {
		attention = 64*m.facts.Width + 2*(cells+l.narrow(m, opt))
		if opt.plain() { // masks in float32, and scores
			attention = 64*m.facts.Width + 4*(cells+l.narrow(m, opt)) + 4*m.facts.Heads*cells
		}
		if l.indexed() {
			attention += 4 * m.facts.Heads * cells
		}
	}
	states := 0 // of one block, read and written
	for _, t := range l.cache {
		if t.state {
			states = max(states, t.row)
		}
	}
	return max(l.compute, uint64(attention))*uint64(min(opt.MicroBatch, cells)) + 8*uint64(states*opt.Sequences)
}
