package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"intentprobe/capture/hint"
	"intentprobe/models/gguf"
)

// LoadOptions says how to load a model. The zero value keeps everything on the
// CPU and refuses a model that does not fit into memory.
type LoadOptions struct {
	Placement
	IgnoreMemory bool // load even if what stays with the CPU is larger than the memory available
	NoWeights    bool // read all but the weights: to look at, not to run
}

// Load reads a GGUF file, after its head was checked (package gguf): llama.cpp
// stops the process at some faults. The error is a *LoadError or *MemoryError, or
// EngineBuild's.
func Load(path string, opt LoadOptions) (*Model, error) {
	if err := start(); err != nil {
		return nil, err
	}
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	if err := opt.checkMemory(path, head); err != nil {
		return nil, err
	}
	runtime.LockOSThread() // the log of the load is kept by thread
	defer runtime.UnlockOSThread()
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	c := loadModel(cpath, &opt.Placement, opt.NoWeights)
	if c == nil {
		reason := complaint("llama.cpp could not load it")
		switch {
		case strings.Contains(reason, "unknown pre-tokenizer"):
			return nil, loadError(path, reason, "this llama.cpp is older than the file, or none knows it: convert the model again, or fetch another conversion; ", hint.Command{"doctor"}, " names the version")
		case opt.Layers > 0:
			return nil, loadError(path, reason, "use fewer ", hint.Key("engine.gpu_layers"), ", or 0, to see whether the file or a device's memory is the cause; ", hint.Command{"doctor"}, " lists devices")
		}
		return nil, loadError(path, reason, "check the file against its source (size, checksum), or fetch it again; ", hint.Command{"doctor"}, " names the llama.cpp version")
	}
	m := &Model{c: c, vocab: C.llama_model_get_vocab(c), facts: readFacts(c, path, head)}
	if len(opt.Devices) > 0 {
		m.offloaded = opt.Layers
	}
	m.findEnds(head, m.facts.About.Warnings)
	return m, nil
}

// loadModel calls llama.cpp; nil where it refuses. The caller holds the OS thread.
func loadModel(cpath *C.char, p *Placement, noAlloc bool) *C.struct_llama_model {
	names := cStrings(p.Devices)
	defer freeStrings(names)
	var pinner runtime.Pinner
	defer pinner.Unpin()
	params := C.cap_load_params{
		n_gpu_layers: C.int32_t(p.Layers), split_mode: C.int32_t(p.splitMode()), main_gpu: C.int32_t(p.Main),
		devices: &names[0], n_devices: C.int32_t(len(p.Devices)), no_alloc: C.bool(noAlloc),
	}
	pinner.Pin(&names[0])
	if len(p.Shares) == len(p.Devices) && len(p.Shares) > 0 {
		pinner.Pin(&p.Shares[0])
		params.tensor_split = (*C.float)(&p.Shares[0])
	}
	return C.cap_model_load(cpath, &params)
}

// checkMemory refuses a model of which more stays with the CPU than there is memory.
func (opt LoadOptions) checkMemory(path string, head *gguf.File) error {
	if opt.IgnoreMemory || opt.NoWeights {
		return nil
	}
	bytes := head.AllBytes
	if opt.Layers > 0 {
		sizes := head.Sizes()
		bytes = sizes.Embed
		for _, layer := range sizes.Layers[:max(0, min(len(sizes.Layers), len(sizes.Layers)+1-opt.Layers))] {
			bytes += layer
		}
	}
	return checkMemory(fmt.Sprintf("model %q", path), uint64(bytes))
}
