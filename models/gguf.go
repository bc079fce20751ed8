package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// Header is what the head of a GGUF tells without loading the model.
type Header struct {
	Architecture string `json:"architecture"`
	Title        string `json:"general_name"` // general.name
	FileType     string `json:"file_type"`
	Layers       int    `json:"layers"`
	Width        int    `json:"d_model"`
	Context      int    `json:"context"`
	Chat         bool   `json:"chat_template"`
}

// ReadHeader reads the metadata of a GGUF file and none of its tensors. The
// error is a *LoadError.
func ReadHeader(path string) (*Header, error) {
	start()
	if _, err := checkFile(path); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	C.cap_log_reset()
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	g := C.gguf_init_from_file(cpath, C.struct_gguf_init_params{no_alloc: true})
	if g == nil {
		return nil, &LoadError{path, complaint("its head cannot be read"), "check the file against its source (size, checksum), or fetch it again"}
	}
	defer C.gguf_free(g)
	m := metadata{g}
	arch := m.text("general.architecture")
	return &Header{
		Architecture: arch,
		Title:        m.text("general.name"),
		FileType:     C.GoString(C.llama_ftype_name(C.enum_llama_ftype(m.number("general.file_type")))),
		Layers:       m.number(arch + ".block_count"),
		Width:        m.number(arch + ".embedding_length"),
		Context:      m.number(arch + ".context_length"),
		Chat:         m.find("tokenizer.chat_template") >= 0,
	}, nil
}

type metadata struct{ c *C.struct_gguf_context }

func (m metadata) find(key string) C.int64_t {
	ckey := C.CString(key)
	defer C.free(unsafe.Pointer(ckey))
	return C.gguf_find_key(m.c, ckey)
}

func (m metadata) text(key string) string {
	id := m.find(key)
	if id < 0 || C.gguf_get_kv_type(m.c, id) != C.GGUF_TYPE_STRING {
		return ""
	}
	return C.GoString(C.gguf_get_val_str(m.c, id))
}

// number reads a count; 0 where it is missing or of another type (some models
// give one per layer).
func (m metadata) number(key string) int {
	id := m.find(key)
	if id < 0 || C.gguf_get_kv_type(m.c, id) != C.GGUF_TYPE_UINT32 {
		return 0
	}
	return int(C.gguf_get_val_u32(m.c, id))
}
