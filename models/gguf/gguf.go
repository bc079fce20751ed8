// Package gguf reads the head of a GGUF file, in Go and in bounded memory, and
// refuses whatever llama.cpp could stumble over: its C code stops the whole
// process where an assertion fails. A file that passes may still be refused by
// llama.cpp, whose errors for absent keys and tensors are good.
package gguf

import (
	"fmt"
	"io"
	"math"
	"os"
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

// Error says what is wrong with a file. Its text follows the file's name and a colon.
type Error struct {
	Reason string
	Advice string // what to do next
	What   string // the file is, in a few words, where it is whole and no model; else empty
}

func (e *Error) Error() string { return e.Reason }

// Hint says what to do next.
func (e *Error) Hint() string { return e.Advice }

const (
	damagedHint   = "the file is damaged or not whole: check its size and checksum against its source, or fetch it again"
	convertedHint = "the file was converted wrongly or made to do harm: fetch the model from another source, or convert it again"
)

// damaged is an error of a file whose structure is broken.
func damaged(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Advice: damagedHint}
}

// absurd is an error of a file that is well-formed and makes no sense.
func absurd(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Advice: convertedHint}
}

// ReadFile reads and checks the head of a file. What is wrong with its content
// is an *Error.
func ReadFile(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Read(f, info.Size())
}

// Read reads and checks the head of a file of so many bytes. Errors are those of
// r, or an *Error.
func Read(r io.ReaderAt, size int64) (*File, error) {
	in := newReader(r, size)
	f := &File{Size: size}
	values, tensors, err := f.readCounts(in)
	if err == nil {
		err = f.readValues(in, values)
	}
	if err == nil {
		err = f.readTensors(in, tensors)
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, err
	}
	f.keepSpecial()
	f.vocabulary = nil
	return f, nil
}

// The smallest that a value and a tensor take: the length of a name of one byte,
// the name, a type; for a tensor the number of dimensions, one of them, an offset.
const (
	leastValue  = 8 + 1 + 4 + 1
	leastTensor = 8 + 1 + 4 + 4 + 8
)

// The most of them that are read. Models have some 50 values and, with a tensor
// for each expert, up to 30000 tensors.
const (
	mostValues  = 1 << 16
	mostTensors = 1 << 17
)

func (f *File) readCounts(in *reader) (values, tensors uint64, err error) {
	magic, err := in.bytes(min(4, in.left()))
	if err != nil {
		return 0, 0, err
	}
	if string(magic) != "GGUF" {
		more, err := in.bytes(min(headBytes-4, in.left()))
		if err != nil {
			return 0, 0, err
		}
		return 0, 0, notGGUF(append(magic, more...))
	}
	in.at("its head")
	f.Version = in.u32()
	tensors, values = in.u64(), in.u64()
	if in.err != nil {
		return 0, 0, in.err
	}
	switch {
	case f.Version&0xffff == 0 && f.Version != 0:
		return 0, 0, foreign("big-endian file", "it is a GGUF file for big-endian machines", "convert it with llama.cpp's gguf_convert_endian.py")
	case f.Version == 1:
		return 0, 0, foreign("GGUF of version 1", "it is a GGUF file of version 1, which llama.cpp no longer reads", "convert the model again, or fetch a newer conversion")
	case f.Version != 2 && f.Version != 3:
		return 0, 0, damaged("it is a GGUF file of version %d; versions 2 and 3 are known", f.Version)
	case values > mostValues || values > in.left()/leastValue:
		return 0, 0, damaged("says it has %d metadata values, more than its %d bytes can hold or any model has", values, f.Size)
	case tensors > mostTensors || tensors > in.left()/leastTensor:
		return 0, 0, damaged("says it has %d tensors, more than its %d bytes can hold or any model has", tensors, f.Size)
	}
	return values, tensors, nil
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

// Templates gives the chat templates that have a name, by these.
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
