package models

/*
#cgo pkg-config: llama
#cgo CFLAGS: -O3
#cgo linux LDFLAGS: -lm -ldl
#include <stdlib.h>
#include "shim.h"
#include "abi.h"
*/
import "C"

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// Token is an index into a model's vocabulary, llama.cpp's llama_token.
type Token = int32

// ErrClosed is returned by every call on a model or context after its Close.
var ErrClosed = errors.New("models: closed")

// EngineError says what the llama.cpp of this program cannot do here.
type EngineError struct{ Reason, hint string }

func (e *EngineError) Error() string { return e.Reason }

// Hint says what to do next.
func (e *EngineError) Hint() string { return e.hint }

// backendFolder gives the folder of an unpacked archive that holds llama.cpp's
// libraries, ../lib/capture beside the program; empty for any other installation.
func backendFolder() string {
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	if exe, err = filepath.EvalSymlinks(exe); err != nil {
		return ""
	}
	folder := filepath.Join(filepath.Dir(filepath.Dir(exe)), "lib", "capture")
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return ""
	}
	return folder
}

// complaint gives what llama.cpp logged on this thread since the last reset,
// without its function prefixes, on one line. The caller holds the OS thread.
func complaint(otherwise string) string {
	var lines []string
	for _, line := range strings.Split(C.GoString(C.cap_log_text()), "\n") {
		line = strings.TrimPrefix(withoutFunction(line), "error loading model: ")
		if line != "" && !strings.HasPrefix(line, "failed to load model") {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		return otherwise
	}
	return strings.Join(lines, "; ")
}

// withoutFunction takes off a log line the name of the function that wrote it.
func withoutFunction(line string) string {
	if name, after, ok := strings.Cut(line, ": "); ok && !strings.Contains(name, " ") {
		line = after
	}
	return strings.TrimSpace(line)
}

// Build says what engine this binary was linked with.
type Build struct {
	Version  string   `json:"version"`  // of llama.cpp
	Built    string   `json:"built"`    // version that the program was compiled for, empty where that is not known
	Library  string   `json:"library"`  // file that llama.cpp was loaded from, empty where it is part of the program
	Ggml     string   `json:"ggml"`     // version of ggml
	Commit   string   `json:"commit"`   // of ggml, "unknown" from a source archive
	Source   string   `json:"source"`   // where the source came from
	Options  string   `json:"options"`  // how it was built
	Features []string `json:"features"` // what the CPU code was compiled for: "AVX2", "F16C", ...
	Backends []string `json:"backends"` // devices: "CPU", "CUDA0", ...
	// CPULibrary is the library of CPU code that was chosen when the program
	// started, for example libggml-cpu-haswell.so; empty where it is linked in.
	CPULibrary string `json:"cpu_library,omitempty"`
	MMap       bool   `json:"mmap"`
	Offload    bool   `json:"offload"` // some accelerator is there
}

// EngineBuild reads the facts of the llama.cpp that was loaded. The error says why
// it cannot be used: *MisfitError, *CPUError or *BackendError.
func EngineBuild() (Build, error) {
	if err := start(); err != nil {
		return Build{}, err
	}
	b := Build{
		Version: C.GoString(C.llama_version()),
		Built:   C.GoString(C.cap_built_llama()),
		Library: libraryFile("llama_decode"),
		Ggml:    C.GoString(C.ggml_version()),
		Commit:  C.GoString(C.ggml_commit()),
		Source:  C.CAPTURE_ENGINE_SOURCE,
		Options: C.CAPTURE_ENGINE_OPTIONS,
		MMap:    bool(C.llama_supports_mmap()),
		Offload: hasAccelerator(),
	}
	// "CPU : SSE3 = 1 | AVX = 1 | ... |"
	for _, part := range strings.Split(C.GoString(C.llama_print_system_info()), "|") {
		if i := strings.LastIndex(part, ":"); i >= 0 {
			part = part[i+1:]
		}
		name, value, ok := strings.Cut(part, "=")
		if ok && strings.TrimSpace(value) == "1" {
			b.Features = append(b.Features, strings.TrimSpace(name))
		}
	}
	if library := filepath.Base(C.GoString(C.cap_cpu_library())); strings.HasPrefix(library, "libggml-cpu") {
		b.CPULibrary = library
	}
	for _, name := range deviceNames() { // workers are of no build
		if !strings.HasPrefix(name, "RPC") {
			b.Backends = append(b.Backends, name)
		}
	}
	return b, nil
}
