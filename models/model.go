package models

// #include "shim.h"
import "C"

import (
	"errors"
	"sync"
)

// Token is an index into a model's vocabulary, llama.cpp's llama_token.
type Token = int32

// ErrClosed is returned by every call on a model or context after its Close.
var ErrClosed = errors.New("models: closed")

// Model is a loaded GGUF: weights and vocabulary, without a KV cache. Its
// methods may be called from several goroutines; Close only when no Context of
// it is in use.
type Model struct {
	mu    sync.Mutex
	c     *C.struct_llama_model
	vocab *C.struct_llama_vocab
	facts Facts

	adapters []*C.struct_llama_adapter_lora // for every context
	scales   []C.float                      // theirs

	bos   Token // -1 for none
	noEnd Token // taken for an end by llama.cpp, and none; -1 where there is no such

	offloaded int // layers on devices, the output counted as one

	learning sync.Mutex // of layout
	layout   *layout    // once it was asked for
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
