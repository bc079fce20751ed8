package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"
)

// start makes llama.cpp ready, once. The error is a *MisfitError, *CPUError or
// *BackendError.
var start = sync.OnceValue(func() error {
	if err := fits(); err != nil {
		return err
	}
	if err := startBackends(); err != nil {
		return err
	}
	return checkDevices()
})

// startBackends starts the backends that are part of the program, and those in
// libraries of their own: from an archive's folder, or from llama.cpp's own places.
// Where these hold none for the CPU, the folders are tried into which an install of
// llama.cpp puts them.
func startBackends() error {
	archive, tried := backendFolder(), backendFolders(libraryFile("ggml_backend_load_all"))
	if archive != "" {
		carchive := C.CString(archive)
		defer C.free(unsafe.Pointer(carchive))
		C.cap_init(carchive)
	} else {
		C.cap_init(nil)
	}
	for _, folder := range tried {
		if hasCPU() {
			break
		}
		cfolder := C.CString(folder)
		C.ggml_backend_load_all_from_path(cfolder)
		C.free(unsafe.Pointer(cfolder))
	}
	if !hasCPU() {
		return &BackendError{archive, tried}
	}
	return nil
}

func hasCPU() bool {
	name := C.CString("CPU")
	defer C.free(unsafe.Pointer(name))
	return C.ggml_backend_dev_by_name(name) != nil
}

// backendFolders gives the folders that may hold the backends of a libggml: its own,
// ggml in that, where packages put them, and bin beside it, where upstream does.
func backendFolders(libggml string) []string {
	file, err := filepath.EvalSymlinks(libggml)
	if libggml == "" || err != nil {
		return nil
	}
	dir := filepath.Dir(file)
	return []string{dir, filepath.Join(dir, "ggml"), filepath.Join(filepath.Dir(dir), "bin")}
}

// BackendError says that llama.cpp came without code for this CPU.
type BackendError struct {
	Archive string   // the folder of an unpacked archive that should hold it, or empty
	Tried   []string // folders, beside llama.cpp's own places
}

func (e *BackendError) Error() string {
	text := "llama.cpp has no backend for this CPU"
	if e.Archive != "" {
		return text + " in " + e.Archive
	}
	if e.Tried != nil {
		text += ": none in its own places, nor in " + strings.Join(e.Tried, ", ")
	}
	return text
}

// Hint says what to do next.
func (e *BackendError) Hint() string {
	if e.Archive != "" {
		return "unpack the whole archive again, lib beside bin; the files are libggml-cpu-*.so"
	}
	return "name the library: GGML_BACKEND_PATH=/path/to/libggml-cpu.so; or install llama.cpp's CPU backend; or build capture with its own llama.cpp: make build"
}

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
