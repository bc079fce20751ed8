package models

/*
#include <stdlib.h>
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
	"runtime"
	"unsafe"
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
	start()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cpath, cname := C.CString(path), C.CString(name)
	defer C.free(unsafe.Pointer(cpath))
	defer C.free(unsafe.Pointer(cname))
	var all *C.struct_ggml_context
	g := C.gguf_init_from_file(cpath, C.struct_gguf_init_params{no_alloc: true, ctx: &all})
	if g == nil {
		return nil, &LoadError{path, complaint("its head cannot be read"), "check the file against its source"}
	}
	defer C.gguf_free(g)
	defer C.ggml_free(all)
	id := C.gguf_find_tensor(g, cname)
	t := C.ggml_get_tensor(all, cname)
	if id < 0 || t == nil {
		return nil, fmt.Errorf("models: %s holds no tensor %q", path, name)
	}
	if t._type != C.GGML_TYPE_F32 && C.ggml_get_type_traits(t._type).to_float == nil {
		return nil, fmt.Errorf("models: %s: tensor %q is of type %s, which cannot be read as floats", path, name, C.GoString(C.ggml_type_name(t._type)))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &Tensor{
		Rows: int(t.ne[1]), Width: int(t.ne[0]), file: f, kind: t._type,
		offset:   int64(C.gguf_get_data_offset(g)) + int64(C.gguf_get_tensor_offset(g, id)),
		rowBytes: int(C.ggml_row_size(t._type, t.ne[0])),
	}, nil
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
