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

// ContextBytes estimates what a context takes of the host's memory: the KV cache of
// the blocks that are not on a device, and the logits of a micro-batch.
func (m *Model) ContextBytes(opt ContextOptions) uint64 {
	f := m.facts
	block := kvBytes(opt.KVType, 2*f.Layers*f.Width*max(1, f.KVHeads)/max(1, f.Heads)) // of a token
	if f.Layers > 0 {                                                                  // the last of the layers on devices is the output, which has no cache
		block = block * uint64(f.Layers-max(0, min(f.Layers, m.offloaded-1))) / uint64(f.Layers)
	}
	return block*uint64(opt.Tokens) + 4*uint64(f.Vocabulary)*uint64(opt.MicroBatch)
}
