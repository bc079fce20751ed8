package models

// #include "shim.h"
import "C"

import "intentprobe/models/gguf"

// Header is what the head of a GGUF says, read without loading the model.
type Header struct {
	Architecture string `json:"architecture"`
	Title        string `json:"general_name"` // general.name
	FileType     string `json:"file_type"`
	Layers       int    `json:"layers"`
	Width        int    `json:"d_model"`
	Context      int    `json:"context"`
	Chat         bool   `json:"chat_template"`
	NotModel     string `json:"not_a_model,omitempty"` // what it is, where llama.cpp runs no model from it
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
	h := &Header{
		Architecture: arch,
		Title:        head.Text("general.name"),
		FileType:     C.GoString(C.llama_ftype_name(C.enum_llama_ftype(head.Count("general.file_type")))),
		Layers:       head.Count(arch + ".block_count"),
		Width:        head.Count(arch + ".embedding_length"),
		Context:      head.Count(arch + ".context_length"),
		Chat:         head.Has("tokenizer.chat_template"),
	}
	if other := head.Foreign(); other != nil {
		h.NotModel = other.What
	}
	return h, nil
}

// readHead reads and checks the head of a model's file. The error is a *LoadError.
func readHead(path string) (*gguf.File, error) {
	head, err := gguf.ReadModel(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	return head, nil
}

// ReadChat reads from the head of a GGUF file what its chats are rendered with: of the
// facts only templates and special tokens are filled in. The error is a *LoadError.
func ReadChat(path string) (Facts, error) {
	head, err := gguf.ReadFile(path)
	if err != nil {
		return Facts{}, fileError(path, err)
	}
	f := Facts{Path: path, ChatTemplate: head.Text("tokenizer.chat_template"), SpecialTokens: specialTokens(head)}
	f.About.Templates = head.Templates()
	return f, nil
}
