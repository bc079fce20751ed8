package gguf

import (
	"strconv"
	"strings"
)

// add counts the tensors of a file.
func (s *Sizes) add(f *File) {
	for i := range f.Tensors {
		t := &f.Tensors[i]
		name, ok := strings.CutPrefix(t.Name, "blk.")
		number, _, _ := strings.Cut(name, ".")
		layer, err := strconv.Atoi(number)
		switch {
		case ok && err == nil && layer >= 0 && layer < mostLayers:
			for len(s.Layers) <= layer {
				s.Layers = append(s.Layers, 0)
			}
			s.Layers[layer] += t.Bytes
		case strings.HasPrefix(t.Name, "output"):
			s.Output += t.Bytes
		default:
			s.Embed += t.Bytes
		}
	}
}

// Sizes says where the bytes of the weights belong, in this file and its parts.
func (f *File) Sizes() Sizes {
	s := f.sizes
	s.add(f)
	_, own := f.Tensor("output.weight")
	if !own && !f.ownOutput { // tied: the embedding is put on the device once more
		if t, ok := f.Tensor("token_embd.weight"); ok {
			s.Output += t.Bytes
		}
	}
	return s
}
