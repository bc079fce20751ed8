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
	"sync"
	"unsafe"

	"intentprobe/models/gguf"
)

// Model is a loaded GGUF: weights and vocabulary, without a KV cache. Its
// methods may be called from several goroutines; Close only when no Context of
// it is in use.
type Model struct {
	mu    sync.Mutex
	c     *C.struct_llama_model
	vocab *C.struct_llama_vocab
	facts Facts

	bos   Token // -1 for none
	noEnd Token // taken for an end by llama.cpp, and none; -1 where there is no such

	offloaded int // layers on devices, the output counted as one

	learning sync.Mutex // of layout
	layout   *layout    // once it was asked for
}

// Facts are what a GGUF says of its model.
type Facts struct {
	Path         string `json:"-"`
	Name         string `json:"name"` // general.name, may be empty
	Architecture string `json:"architecture"`
	FileType     string `json:"file_type"` // quantisation, as llama.cpp names it
	Description  string `json:"description"`
	FileBytes    int64  `json:"file_bytes"`
	Parameters   uint64 `json:"parameters"`
	Layers       int    `json:"layers"`
	Width        int    `json:"d_model"`
	Heads        int    `json:"heads"`
	KVHeads      int    `json:"kv_heads"`
	Vocabulary   int    `json:"vocabulary"`
	TrainContext int    `json:"context"`
	Window       int    `json:"-"` // tokens that blocks with a sliding window or chunks attend to, 0 where no block has one
	Recurrent    bool   `json:"-"` // some block carries a state from token to token, which cannot be taken back
	ChatTemplate string `json:"-"` // Jinja text, empty for a base model

	SpecialTokens map[string]string `json:"-"` // by their names in Hugging Face: bos_token, eos_token
	About         About             `json:"-"`
}

// HasTemplate says whether there is a default chat template.
func (f *Facts) HasTemplate() bool { return strings.TrimSpace(f.ChatTemplate) != "" }

// LoadError says why a file did not become a model, in llama.cpp's own words.
type LoadError struct {
	Path, Reason string
	What         string // the file is, in a few words, where it is whole and no model
	hint         string
}

func (e *LoadError) Error() string { return fmt.Sprintf("model %q: %s", e.Path, e.Reason) }

// Hint says what to do next.
func (e *LoadError) Hint() string { return e.hint }

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
		hint := "check the file against its source (size, checksum), or fetch it again; `capture doctor` names the llama.cpp version"
		if opt.Layers > 0 {
			hint = "use fewer --gpu-layers, or 0, to see whether the file or a device's memory is the cause; `capture doctor` lists devices"
		}
		reason := complaint("llama.cpp could not load it")
		if strings.Contains(reason, "unknown pre-tokenizer") {
			hint = "this llama.cpp is older than the file, or none knows it: convert the model again, or fetch another conversion; `capture doctor` names the version"
		}
		return nil, &LoadError{Path: path, Reason: reason, hint: hint}
	}
	m := &Model{c: c, vocab: C.llama_model_get_vocab(c)}
	if len(opt.Devices) > 0 {
		m.offloaded = opt.Layers
	}
	m.facts = m.readFacts(path, head)
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

// readHead reads and checks the head of a model's file. The error is a *LoadError.
func readHead(path string) (*gguf.File, error) {
	head, err := gguf.ReadModel(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	return head, nil
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

func (m *Model) readFacts(path string, head *gguf.File) Facts {
	f := Facts{
		Path:         path,
		Name:         m.meta("general.name"),
		Architecture: m.meta("general.architecture"),
		FileType:     C.GoString(C.llama_ftype_name(C.llama_model_ftype(m.c))),
		FileBytes:    head.AllBytes,
		Parameters:   uint64(C.llama_model_n_params(m.c)),
		Layers:       int(C.llama_model_n_layer(m.c)),
		Width:        int(C.llama_model_n_embd(m.c)),
		Heads:        int(C.llama_model_n_head(m.c)),
		KVHeads:      int(C.llama_model_n_head_kv(m.c)),
		Vocabulary:   int(C.llama_vocab_n_tokens(m.vocab)),
		TrainContext: int(C.llama_model_n_ctx_train(m.c)),
		Window:       int(C.llama_model_n_swa(m.c)),
		Recurrent:    bool(C.llama_model_is_recurrent(m.c)) || bool(C.llama_model_is_hybrid(m.c)),

		SpecialTokens: specialTokens(head),
	}
	var buf [256]C.char
	C.llama_model_desc(m.c, &buf[0], C.size_t(len(buf)))
	f.Description = C.GoString(&buf[0])
	f.ChatTemplate = head.Text("tokenizer.chat_template") // llama.cpp may name one of its own instead
	f.About = m.about(path, head)
	return f
}

// meta reads one metadata value as text; empty where the file has none.
func (m *Model) meta(key string) string {
	ckey := C.CString(key)
	defer C.free(unsafe.Pointer(ckey))
	var buf [512]C.char
	if C.llama_model_meta_val_str(m.c, ckey, &buf[0], C.size_t(len(buf))) < 0 {
		return ""
	}
	return C.GoString(&buf[0])
}

// Facts gives what the file says of the model.
func (m *Model) Facts() Facts { return m.facts }

// Close frees the weights. It may be called twice.
func (m *Model) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.c != nil {
		C.llama_model_free(m.c)
		m.c, m.vocab = nil, nil
	}
}
