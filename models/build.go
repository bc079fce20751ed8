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
	"path/filepath"
	"strings"
)

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
// it cannot be used: it does not fit this program or this CPU, or has no backend.
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
