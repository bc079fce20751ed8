package models

// #include "shim.h"
import "C"

import "slices"

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

// cachePad is the unit of a cache's size in cells.
const cachePad = 256

func padded(cells int) int { return (cells + cachePad - 1) / cachePad * cachePad }
