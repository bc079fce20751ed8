package gguf

import (
	"math"
	"math/bits"
)

// Tensor is one tensor of a file.
type Tensor struct {
	Name   string
	Type   uint32   // ggml's number of its element type
	Shape  [4]int64 // in ggml's order, 1 where there is no such dimension
	Offset int64    // from the beginning of the file
	Bytes  int64
}

// types are ggml's element types: how many elements make a block, and its bytes. A
// number that is not listed was never used or is no longer.
var types = map[uint32]struct {
	name         string
	block, bytes int64
}{
	0: {"f32", 1, 4}, 1: {"f16", 1, 2}, 2: {"q4_0", 32, 18}, 3: {"q4_1", 32, 20}, 6: {"q5_0", 32, 22}, 7: {"q5_1", 32, 24},
	8: {"q8_0", 32, 34}, 9: {"q8_1", 32, 36}, 10: {"q2_K", 256, 84}, 11: {"q3_K", 256, 110}, 12: {"q4_K", 256, 144},
	13: {"q5_K", 256, 176}, 14: {"q6_K", 256, 210}, 15: {"q8_K", 256, 292}, 16: {"iq2_xxs", 256, 66}, 17: {"iq2_xs", 256, 74},
	18: {"iq3_xxs", 256, 98}, 19: {"iq1_s", 256, 50}, 20: {"iq4_nl", 32, 18}, 21: {"iq3_s", 256, 110}, 22: {"iq2_s", 256, 82},
	23: {"iq4_xs", 256, 136}, 24: {"i8", 1, 1}, 25: {"i16", 1, 2}, 26: {"i32", 1, 4}, 27: {"i64", 1, 8}, 28: {"f64", 1, 8},
	29: {"iq1_m", 256, 56}, 30: {"bf16", 1, 2}, 34: {"tq1_0", 256, 54}, 35: {"tq2_0", 256, 66}, 39: {"mxfp4", 32, 17},
	40: {"nvfp4", 64, 36}, 41: {"q1_0", 128, 18}, 42: {"q2_0", 64, 18},
}

// TypeOf gives the name of an element type, how many elements make a block, and
// the bytes of a block; nothing for a number that is no type.
func TypeOf(n uint32) (name string, block, bytes int64) {
	t := types[n]
	return t.name, t.block, t.bytes
}

// measure computes the bytes of a tensor from its shape.
func (t *Tensor) measure() error {
	of, ok := types[t.Type]
	if !ok {
		return damaged("tensor %q is of type %d, which this llama.cpp does not know", t.Name, t.Type)
	}
	if t.Shape[0]%of.block != 0 {
		return damaged("tensor %q has rows of %d elements; type %s needs a multiple of %d", t.Name, t.Shape[0], of.name, of.block)
	}
	size := uint64(of.bytes)
	for d, n := range t.Shape {
		if d == 0 {
			n /= of.block
		}
		over, product := bits.Mul64(size, uint64(n))
		if over != 0 || product > math.MaxInt64/2 {
			return damaged("tensor %q of shape %v is larger than any file", t.Name, t.Shape)
		}
		size = product
	}
	t.Bytes = int64(size)
	return nil
}
