package models

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
)

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
	c, err := m.openContext(ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: 1})
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

// NewContext makes room for decoding. Errors: *MemoryError where the estimate exceeds
// what this machine has left, *LoadError with llama.cpp's own words.
func (m *Model) NewContext(opt ContextOptions) (*Context, error) {
	if m.c == nil {
		return nil, ErrClosed
	}
	if !opt.IgnoreMemory {
		need, err := m.ContextBytes(opt)
		if err == nil {
			err = checkMemory(fmt.Sprintf("a context of %d tokens for model %q", opt.Tokens, m.facts.Path), need)
		}
		if err != nil {
			return nil, err
		}
	}
	return m.openContext(opt)
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
