package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"

	"intentprobe/capture/hint"
	"intentprobe/models/gguf"
)

// LoadOptions says how to load a model. The zero value keeps everything on the
// CPU and refuses a model that does not fit into memory.
type LoadOptions struct {
	Placement
	Adapters     []Adapter // that it runs with, in every context; at most MostAdapters
	IgnoreMemory bool      // load even if what stays with the CPU is larger than the memory available
	NoWeights    bool      // read all but the weights: to look at, not to run
}

// Load reads a GGUF file, after its head was checked (package gguf): llama.cpp
// stops the process at some faults. The error is a *LoadError or *MemoryError, or
// EngineBuild's; when ctx ends, the load stops and the error is ctx's.
func Load(ctx context.Context, path string, opt LoadOptions) (*Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := start(); err != nil {
		return nil, err
	}
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	adapters, err := opt.adapters(head)
	if err != nil {
		return nil, err
	}
	if err := opt.checkMemory(path, head); err != nil {
		return nil, err
	}
	runtime.LockOSThread() // the log of the load is kept by thread
	defer runtime.UnlockOSThread()
	stop := newStopFlag()
	defer stop.free()
	after := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		stop.set()
		close(after)
	})
	c := loadModel(path, &opt.Placement, opt.NoWeights, stop)
	if !unregister() {
		<-after // so that it does not reach memory that was freed
	}
	if err := ctx.Err(); err != nil {
		if c != nil {
			C.llama_model_free(c)
		}
		return nil, err
	}
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
	for _, a := range adapters {
		if err := m.adapt(a, opt.NoWeights); err != nil {
			m.Close()
			return nil, err
		}
	}
	return m, nil
}

// stopFlag is a number in C memory that stops a load when it is set.
type stopFlag struct{ c *C.int32_t }

func newStopFlag() stopFlag { return stopFlag{(*C.int32_t)(C.calloc(1, C.sizeof_int32_t))} }

func (s stopFlag) set()  { atomic.StoreInt32((*int32)(s.c), 1) }
func (s stopFlag) free() { C.free(unsafe.Pointer(s.c)) }

// loadModel calls llama.cpp; nil where it refuses, or was stopped. The caller holds the
// OS thread.
func loadModel(path string, p *Placement, noAlloc bool, stop stopFlag) *C.struct_llama_model {
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	names := cStrings(p.Devices)
	defer freeStrings(names)
	var pinner runtime.Pinner
	defer pinner.Unpin()
	params := C.cap_load_params{
		n_gpu_layers: C.int32_t(p.Layers), split_mode: C.int32_t(p.splitMode()), main_gpu: C.int32_t(p.Main),
		devices: &names[0], n_devices: C.int32_t(len(p.Devices)), no_alloc: C.bool(noAlloc), stop: stop.c,
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
	for _, a := range opt.Adapters {
		if info, err := os.Stat(a.Path); err == nil {
			bytes += info.Size()
		}
	}
	return checkMemory(fmt.Sprintf("model %q", path), uint64(bytes))
}
