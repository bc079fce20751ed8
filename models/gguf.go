package models

// #include "shim.h"
import "C"

import (
	"errors"
	"io/fs"
	"os"

	"intentprobe/models/gguf"
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
// error is a *LoadError, or EngineBuild's.
func ReadHeader(path string) (*Header, error) {
	if err := fits(); err != nil {
		return nil, err
	}
	head, err := gguf.ReadFile(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	arch := head.Text("general.architecture")
	return &Header{
		Architecture: arch,
		Title:        head.Text("general.name"),
		FileType:     C.GoString(C.llama_ftype_name(C.enum_llama_ftype(head.Count("general.file_type")))),
		Layers:       head.Count(arch + ".block_count"),
		Width:        head.Count(arch + ".embedding_length"),
		Context:      head.Count(arch + ".context_length"),
		Chat:         head.Has("tokenizer.chat_template"),
	}, nil
}

// fileError makes an error about a file's content, or about reading it, one about
// a model.
func fileError(path string, err error) error {
	var content *gguf.Error
	if errors.As(err, &content) {
		return &LoadError{path, content.Reason, content.Hint()}
	}
	if info, serr := os.Stat(path); serr == nil && info.IsDir() {
		return &LoadError{path, "is a folder", "name a .gguf file; `capture models " + path + "` lists those inside"}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &LoadError{path, "no such file", "`capture models` lists the GGUF files on this machine"}
	}
	return &LoadError{path, "cannot be read: " + err.Error(), "check its permissions and the disk"}
}
