package gguf

import (
	"io"
	"os"
)

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

// Read reads and checks the head of a file that is size bytes long. Errors are those of r,
// or an *Error.
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
