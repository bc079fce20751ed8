package models

// #include "shim.h"
import "C"

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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

// fileError makes an error about a file's content, or about reading it, one about
// a model.
func fileError(path string, err error) error {
	var content *gguf.Error
	if errors.As(err, &content) {
		hint := content.Hint()
		if content.What == "" && unfinished(path) {
			hint = "its download was not finished: go on with it, or fetch the file again"
		}
		return &LoadError{Path: path, Reason: content.Reason, What: content.What, hint: hint}
	}
	if info, serr := os.Stat(path); serr == nil && info.IsDir() {
		return folderError(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &LoadError{Path: path, Reason: "no such file", hint: "`capture models` lists the GGUF files on this machine"}
	}
	return &LoadError{Path: path, Reason: "cannot be read: " + err.Error(), hint: "check its permissions and the disk"}
}

// unfinished says whether a file has a name of downloads that go on, or a record of
// one beside it.
func unfinished(path string) bool {
	for _, end := range []string{".part", ".partial", ".incomplete", ".crdownload", ".download", ".tmp"} {
		if strings.HasSuffix(strings.ToLower(path), end) {
			return true
		}
	}
	_, err := os.Stat(path + ".aria2")
	return err == nil
}

// folderError says what is in a folder that was named as a model.
func folderError(dir string) error {
	e := &LoadError{Path: dir, Reason: "is a folder", hint: "name a .gguf file; `capture models " + dir + "` lists those inside"}
	inside := Find([]Place{{"folder", dir}})
	var files []string
	for _, f := range inside {
		files = append(files, f.Path)
	}
	has := func(pattern string) bool {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		return len(found) > 0
	}
	switch {
	case len(files) > 0 && len(files) <= 4:
		e.hint = "name the file: " + strings.Join(files, ", ")
	case len(files) > 0:
	case has("*.safetensors") || has("pytorch_model*.bin") || has("config.json"):
		e.Reason, e.What = "is a folder with a model in Hugging Face's format", "folder in Hugging Face's format"
		e.hint = "convert it with llama.cpp's convert_hf_to_gguf.py " + dir + ", and name the file that it writes"
	default:
		e.Reason = "is a folder without .gguf files"
		e.hint = "name a .gguf file; `capture models` lists those on this machine"
	}
	return e
}
