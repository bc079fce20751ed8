package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"
)

// weightModes maps a mode of engine.weights to llama.cpp's file type.
var weightModes = map[string]C.int{
	"f32": C.LLAMA_FTYPE_ALL_F32,
	"f16": C.LLAMA_FTYPE_MOSTLY_F16, "bf16": C.LLAMA_FTYPE_MOSTLY_BF16,
	"q8_0": C.LLAMA_FTYPE_MOSTLY_Q8_0, "q4_0": C.LLAMA_FTYPE_MOSTLY_Q4_0,
}

// WeightModes lists the modes that Convert knows, finest first.
func WeightModes() []string { return []string{"f32", "f16", "bf16", "q8_0", "q4_0"} }

// Convert gives a GGUF with the weights of path as mode says (one of WeightModes),
// which llama.cpp's quantiser writes once into dir and later calls find there.
// sha256 is path's. The file appears whole or not at all.
func Convert(path, sha256, mode, dir string, threads int) (string, error) {
	if err := start(); err != nil {
		return "", err
	}
	ftype, ok := weightModes[mode]
	if !ok {
		return "", fmt.Errorf("models: weights %q: want one of %v", mode, WeightModes())
	}
	out := filepath.Join(dir, fmt.Sprintf("%s-%s-llama%s.gguf", sha256[:16], mode, C.GoString(C.llama_version())))
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	part := fmt.Sprintf("%s.part%d", out, os.Getpid())
	defer os.Remove(part)
	cin, cout := C.CString(path), C.CString(part)
	defer C.free(unsafe.Pointer(cin))
	defer C.free(unsafe.Pointer(cout))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.cap_quantize(cin, cout, ftype, C.int(threads)) != 0 {
		return "", &LoadError{Path: path, Reason: fmt.Sprintf("not converted to %s: %s", mode, complaint("llama.cpp's quantiser failed")),
			hint: "use engine.weights: as-is, or free some space in " + dir}
	}
	return out, os.Rename(part, out)
}

// FileSHA256 gives the checksum of a file in hexadecimal.
func FileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// CacheDir is this program's folder in the user's cache: $CAPTURE_CACHE, or
// "capture" below os.UserCacheDir.
func CacheDir() (string, error) {
	if dir := os.Getenv("CAPTURE_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "capture"), nil
}
