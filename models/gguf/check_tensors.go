package gguf

import (
	"math"
	"math/bits"
)

// mostName is the longest name of a tensor: ggml keeps 64 bytes with a zero.
const mostName = 63

func (f *File) readTensors(in *reader, n uint64) error {
	if err := f.readAlignment(); err != nil {
		return err
	}
	seen := map[string]bool{}
	offsets := []uint64(nil)
	for i := range n {
		in.at("the name of tensor %d of %d", i+1, n)
		t := Tensor{Name: in.name(mostName)}
		in.at("tensor %q", t.Name)
		if seen[t.Name] {
			in.fail("tensor %q stands there twice", t.Name)
		}
		seen[t.Name] = true
		dims := in.u32()
		if in.err == nil && dims > 4 {
			in.fail("tensor %q has %d dimensions; 0 to 4 are possible", t.Name, dims)
		}
		t.Shape = [4]int64{1, 1, 1, 1}
		for d := 0; d < int(dims) && in.err == nil; d++ {
			size := in.u64()
			t.Shape[d] = int64(size)
			if in.err == nil && (size == 0 || size > math.MaxInt64) {
				in.fail("tensor %q: dimension %d is %d", t.Name, d, size)
			}
		}
		t.Type = in.u32()
		offsets = append(offsets, in.u64())
		if in.err != nil {
			return in.err
		}
		if err := t.measure(); err != nil {
			return err
		}
		f.Tensors = append(f.Tensors, t)
	}
	return f.place(in, offsets)
}

// readAlignment takes general.alignment, 32 where it is missing. llama.cpp maps
// tensors where they lie and stops the process if that is no multiple of 32.
func (f *File) readAlignment() error {
	f.Alignment = 32
	v, ok := f.Values["general.alignment"]
	if !ok {
		return nil
	}
	f.Alignment = int64(v.bits)
	if v.Kind != Uint32 || f.Alignment < 32 || f.Alignment > 1<<20 || bits.OnesCount64(v.bits) != 1 {
		return damaged("key %q is %d (%s); want a power of two from 32 to %d as u32", "general.alignment", v.bits, v.describe(), 1<<20)
	}
	return nil
}

// place checks that the tensors lie one after the other, as llama.cpp demands,
// and within the file.
func (f *File) place(in *reader, offsets []uint64) error {
	pad := func(n int64) int64 { return (n + f.Alignment - 1) / f.Alignment * f.Alignment }
	f.Data = int64(in.pos)
	if len(offsets) > 0 {
		f.Data = pad(f.Data)
	}
	next := int64(0) // from Data on
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if offsets[i] != uint64(next) {
			return damaged("tensor %q begins at byte %d of the data; behind the one before it follows byte %d", t.Name, offsets[i], next)
		}
		t.Offset = f.Data + next
		if t.Offset > f.Size || t.Bytes > f.Size-t.Offset {
			return damaged("tensor %q takes %d bytes from byte %d on, but the file ends at byte %d", t.Name, t.Bytes, t.Offset, f.Size)
		}
		next += pad(t.Bytes)
	}
	return nil
}
