package models

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models/find"
	"intentprobe/models/gguf"
)

// LoadError says why a file did not become a model, or an adapter of one, in llama.cpp's own words where it is
// llama.cpp that refuses it.
type LoadError struct {
	Path, Reason string
	What         string // what the file is, in a few words, if it is whole and no model
	adapter      bool   // the file was to be an adapter
}

func (e *LoadError) Error() string {
	if e.adapter {
		return fmt.Sprintf("adapter %q: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("model %q: %s", e.Path, e.Reason)
}

// loadError is a LoadError with what to do next, as hint.With takes it.
func loadError(path, reason string, advice ...any) error {
	return hint.With(&LoadError{Path: path, Reason: reason}, advice...)
}

// fileError makes an error about a file's content, or about reading it, one about
// a model.
func fileError(path string, err error) error {
	var content *gguf.Error
	if errors.As(err, &content) {
		advice := content.Advice
		if content.What == "" && unfinished(path) {
			advice = "its download was not finished: go on with it, or fetch the file again"
		}
		return hint.With(&LoadError{Path: path, Reason: content.Reason, What: content.What}, advice)
	}
	if info, serr := os.Stat(path); serr == nil && info.IsDir() {
		return folderError(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return loadError(path, "no such file", hint.Command{"models"}, " lists the GGUF files on this machine")
	}
	return loadError(path, "cannot be read: "+err.Error(), "check its permissions and the disk")
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
	var files []string
	for _, f := range find.Models([]find.Place{{Source: "folder", Dir: dir}}) {
		files = append(files, f.Path)
	}
	has := func(pattern string) bool {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		return len(found) > 0
	}
	switch {
	case len(files) > 0 && len(files) <= 4:
		return loadError(dir, "it is a folder", "name the file: ", strings.Join(files, ", "))
	case len(files) > 0:
		return loadError(dir, "it is a folder", "name a .gguf file; ", hint.Command{"models", dir}, " lists those inside")
	case has("*.safetensors") || has("pytorch_model*.bin") || has("config.json"):
		e := &LoadError{Path: dir, Reason: "it is a folder with a model in Hugging Face's format", What: "folder in Hugging Face's format"}
		return hint.With(e, "convert it with llama.cpp's convert_hf_to_gguf.py ", dir, ", and name the file that it writes")
	}
	return loadError(dir, "it is a folder without .gguf files", "name a .gguf file; ", hint.Command{"models"}, " lists those on this machine")
}
