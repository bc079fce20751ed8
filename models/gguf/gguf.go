// Package gguf reads the head of a GGUF file, in Go and in bounded memory, and
// refuses whatever llama.cpp could stumble over: its C code stops the whole
// process where an assertion fails. A file that passes may still be refused by
// llama.cpp, whose errors for absent keys and tensors are good.
//
// [ReadModel] reads the head of a model and of the other files that it may lie in, [ReadFile]
// that of any one GGUF file. The result is a [File]: its metadata by their keys ([File.Text],
// [File.Count] and so on give them by their types) and where its tensors lie. What is wrong
// with a file's content is an [*Error]. The file is not open any more; package models reads
// values of tensors (models.OpenTensor).
package gguf

import (
	"math"
	"strings"
)

// File is the head of a GGUF file.
type File struct {
	Size      int64 // of the file, in bytes
	Version   uint32
	Values    map[string]Value
	Tensors   []Tensor
	Alignment int64
	Data      int64    // where the tensors begin
	Parts     []string // the other files of a model in several, where ReadModel read them
	AllBytes  int64    // of this file and of those

	sizes     Sizes // of the parts
	ownOutput bool  // some part has an unembedding of its own

	vocabulary []string          // until it was checked
	special    map[string]string // texts of special tokens, by name
}

// Text gives a value that is text; empty where it is missing or something else.
func (f *File) Text(key string) string { return f.Values[key].text }

// Count gives a value that is a whole number from 0 to 2^31; 0 where it is missing
// or something else (some models give one per layer).
func (f *File) Count(key string) int {
	if n, ok := f.Values[key].integer(); ok && n >= 0 && n <= math.MaxInt32 {
		return int(n)
	}
	return 0
}

// Counts gives the numbers of n blocks under a key that holds one for all, or a list.
func (f *File) Counts(key string, n int) []int {
	out := make([]int, n)
	v := f.Values[key]
	for i := range out {
		if v.Kind != Array {
			out[i] = f.Count(key)
		} else if i < len(v.numbers) && v.numbers[i] >= 0 && v.numbers[i] <= math.MaxInt32 {
			out[i] = int(v.numbers[i])
		}
	}
	return out
}

// Texts gives a value that is a list of a few short texts; nil where it is missing or
// something else.
func (f *File) Texts(key string) []string { return f.Values[key].texts }

// Numbers gives a value that is a short list of whole numbers; nil where it is missing
// or something else.
func (f *File) Numbers(key string) []int64 { return f.Values[key].numbers }

// Templates gives the chat templates that have a name, by their names.
func (f *File) Templates() map[string]string {
	out := map[string]string{}
	for key, v := range f.Values {
		if name, ok := strings.CutPrefix(key, "tokenizer.chat_template."); ok && v.Kind == String {
			out[name] = v.text
		}
	}
	return out
}

// Has says whether there is a value under a key.
func (f *File) Has(key string) bool {
	_, ok := f.Values[key]
	return ok
}

// Tensor finds a tensor by its name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i], true
		}
	}
	return nil, false
}

// llama.cpp's own limits, of 0.5: LLAMA_MAX_LAYERS and LLAMA_MAX_EXPERTS.
const (
	mostLayers  = 512
	mostExperts = 1024
)

const tokensKey = "tokenizer.ggml.tokens"

// Sizes says where the bytes of a model's weights belong.
type Sizes struct {
	Layers []int64 // of each block
	Output int64   // of the final norm and the unembedding; where that is the embedding, of it
	Embed  int64   // of the embedding and all else, which llama.cpp keeps in the host's memory
}
