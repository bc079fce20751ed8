package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"unsafe"

	"intentprobe/capture/hint"
	"intentprobe/models/gguf"
)

// Adapter is a LoRA adapter that a model is to run with.
type Adapter struct {
	Path  string
	Scale float32       // by which its part is multiplied; 0 is as if it were not there
	Head  *gguf.Adapter // what its file says
}

// MostAdapters is how many adapters a model can have: llama.cpp adds two in one order,
// and more in one that depends on where they lie in memory, so that their sum has other
// last bits in another process.
const MostAdapters = 2

// CheckAdapter reads the head of an adapter's file, and refuses one that cannot be run
// with the model: what is no LoRA adapter, an activated one, one for another
// architecture, or with tensors of other shapes. The error is a *LoadError.
func CheckAdapter(model, path string) (*gguf.Adapter, error) {
	head, err := readHead(model)
	if err != nil {
		return nil, err
	}
	return checkAdapter(head, path)
}

func checkAdapter(model *gguf.File, path string) (*gguf.Adapter, error) {
	a, err := gguf.ReadAdapter(path)
	if err == nil {
		err = a.Fits(model)
	}
	if err != nil {
		return nil, adapterError(path, err)
	}
	return a, nil
}

// adapterError makes an error about an adapter's file one about the adapter.
func adapterError(path string, err error) error {
	e := &LoadError{Path: path, Reason: "cannot be read: " + err.Error(), adapter: true}
	var content *gguf.Error
	info, serr := os.Stat(path)
	switch {
	case serr == nil && info.IsDir():
		e.Reason = "it is a folder"
		return hint.With(e, "name the .gguf file that llama.cpp's convert_lora_to_gguf.py wrote from it")
	case errors.As(err, &content):
		e.Reason, e.What = content.Reason, content.What
		return hint.With(e, content.Advice)
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = "no such file"
		return hint.With(e, "name a file as ", hint.Key("engine.adapters"), "; a path in a spec starts from the spec's folder")
	}
	return hint.With(e, "check its permissions and the disk")
}

// adapters reads the heads of the adapters that a model is to be loaded with.
func (opt *LoadOptions) adapters(model *gguf.File) (out []Adapter, err error) {
	for _, a := range opt.Adapters {
		if a.Head, err = checkAdapter(model, a.Path); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// adapt gives the model an adapter, for every context that is made from then on; without
// weights it is noted alone, since an adapter lies where the weights lie that it changes.
// The caller holds the OS thread; llama.cpp frees the adapter with the model.
func (m *Model) adapt(a Adapter, noWeights bool) error {
	m.facts.Adapters = append(m.facts.Adapters, a)
	if noWeights {
		return nil
	}
	path := C.CString(a.Path)
	defer C.free(unsafe.Pointer(path))
	C.cap_log_reset()
	c := C.llama_adapter_lora_init(m.c, path)
	if c == nil {
		return adapterError(a.Path, &gguf.Error{Reason: complaint("llama.cpp could not load it"), Advice: "check the file against its source (size, checksum), or convert it again"})
	}
	m.adapters, m.scales = append(m.adapters, c), append(m.scales, C.float(a.Scale))
	return nil
}

// useAdapters lets a context compute with the model's adapters.
func (m *Model) useAdapters(c *C.struct_llama_context) {
	if len(m.adapters) == 0 {
		return
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(&m.adapters[0])
	pinner.Pin(&m.scales[0])
	C.llama_set_adapters_lora(c, &m.adapters[0], C.size_t(len(m.adapters)), &m.scales[0])
}
