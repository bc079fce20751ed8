package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"intentprobe/capture/hint"
)

// start makes llama.cpp ready, once. The error says why it cannot be used.
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
		return noBackend(archive, tried)
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

// noBackend says that llama.cpp came without code for this CPU: none in the folder of an
// unpacked archive that should hold it, or in the folders that were tried beside
// llama.cpp's own places.
func noBackend(archive string, tried []string) error {
	const text = "llama.cpp has no backend for this CPU"
	if archive != "" {
		return hint.With(errors.New(text+" in "+archive), "unpack the whole archive again, lib beside bin; the files are libggml-cpu-*.so")
	}
	err := errors.New(text)
	if tried != nil {
		err = fmt.Errorf("%s: none in its own places, nor in %s", text, strings.Join(tried, ", "))
	}
	return hint.With(err, "name the library: GGML_BACKEND_PATH=/path/to/libggml-cpu.so; or install llama.cpp's CPU backend; or build capture with its own llama.cpp: make build")
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
