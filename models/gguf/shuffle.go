package gguf

import (
	"fmt"
	"io"
	"math/rand/v2"
)

// Shuffle writes a model with random weights: the file at in, size bytes long, with the blocks
// of every matrix in a random order (a block of an unquantised tensor is one number). Each
// matrix keeps its distribution of weights, and nothing of what it learnt. Tensors of one
// dimension (norms, biases) and the metadata are as they were. The same seed gives the same
// file. Memory: the largest tensor. Models in several files are refused.
func Shuffle(out io.Writer, in io.ReaderAt, size int64, seed uint64) error {
	f, err := Read(in, size)
	if err != nil {
		return err
	}
	if f.Count("split.count") > 1 {
		return &Error{Reason: "the model lies in several files", Advice: "merge them with llama.cpp's llama-gguf-split"}
	}
	at := int64(0)
	copyTo := func(end int64) error {
		_, err := io.Copy(out, io.NewSectionReader(in, at, end-at))
		at = end
		return err
	}
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if t.Shape[1] == 1 && t.Shape[2] == 1 && t.Shape[3] == 1 {
			continue
		}
		if err := copyTo(t.Offset); err != nil {
			return err
		}
		data := make([]byte, t.Bytes)
		if _, err := in.ReadAt(data, t.Offset); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		_, _, block := TypeOf(t.Type)
		exchange := make([]byte, block)
		rand.New(rand.NewPCG(seed, uint64(i))).Shuffle(len(data)/int(block), func(a, b int) {
			x, y := data[a*int(block):][:block], data[b*int(block):][:block]
			copy(exchange, x)
			copy(x, y)
			copy(y, exchange)
		})
		if _, err := out.Write(data); err != nil {
			return err
		}
		at = t.Offset + t.Bytes
	}
	return copyTo(size)
}
