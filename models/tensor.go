package models

/*
#include "shim.h"

static void floats_of(enum ggml_type type, const void *from, float *to, int64_t n) {
	if (type == GGML_TYPE_F32) {
		for (int64_t i = 0; i < n; i++) to[i] = ((const float *)from)[i];
		return;
	}
	ggml_get_type_traits(type)->to_float(from, to, n);
}
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"

	"intentprobe/models/gguf"
)

// Tensor is one tensor of a GGUF file, opened to read rows of it.
type Tensor struct {
	Rows, Width int
	file        *os.File
	kind        C.enum_ggml_type
	offset      int64
	rowBytes    int
}

// OpenTensor finds a tensor in a GGUF file. Its rows are the second dimension of
// ggml's; a vector has one. Close closes the file.
func OpenTensor(path, name string) (*Tensor, error) {
	if err := fits(); err != nil {
		return nil, err
	}
	head, err := gguf.ReadFile(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	t, ok := head.Tensor(name)
	if !ok {
		return nil, fmt.Errorf("models: %s holds no tensor %q", path, name)
	}
	kind := C.enum_ggml_type(t.Type)
	typeName, block, bytes := elementType(t.Type)
	if kind != C.GGML_TYPE_F32 && C.ggml_get_type_traits(kind).to_float == nil {
		return nil, fmt.Errorf("models: %s: tensor %q is of type %s, which cannot be read as floats", path, name, typeName)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &Tensor{
		Rows: int(t.Shape[1]), Width: int(t.Shape[0]), file: f, kind: kind,
		offset: t.Offset, rowBytes: int(t.Shape[0] / block * bytes),
	}, nil
}

// elementType gives what ggml knows of one of its element types, as gguf.TypeOf.
func elementType(n uint32) (name string, block, bytes int64) {
	t := C.enum_ggml_type(n)
	return C.GoString(C.ggml_type_name(t)), int64(C.ggml_blck_size(t)), int64(C.ggml_type_size(t))
}

// Row reads row i, Width floats, dequantised where the file is quantised.
func (t *Tensor) Row(i int) ([]float32, error) {
	if i < 0 || i >= t.Rows {
		return nil, fmt.Errorf("models: row %d of a tensor of %d rows", i, t.Rows)
	}
	raw, out := make([]byte, t.rowBytes), make([]float32, t.Width)
	if _, err := t.file.ReadAt(raw, t.offset+int64(i)*int64(t.rowBytes)); err != nil {
		return nil, err
	}
	C.floats_of(t.kind, unsafe.Pointer(&raw[0]), (*C.float)(&out[0]), C.int64_t(t.Width))
	return out, nil
}

// Close closes the file.
func (t *Tensor) Close() error { return t.file.Close() }
