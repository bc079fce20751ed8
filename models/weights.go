package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unsafe"

	"intentprobe/capture/hint"
	"intentprobe/models/cache"
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
// and its checksum. llama.cpp's quantiser writes it once into dir, and later calls
// find it there: its name holds the checksum, so that one that was damaged is
// converted again. sha256 is path's. The file appears whole or not at all. The end of ctx
// is seen before the quantiser begins and after it, and while checksums are taken.
func Convert(ctx context.Context, path, sha256, mode, dir string, threads int) (out, sum string, err error) {
	if err := start(); err != nil {
		return "", "", err
	}
	ftype, ok := weightModes[mode]
	if !ok {
		return "", "", fmt.Errorf("models: weights %q: want one of %v", mode, WeightModes())
	}
	stem := filepath.Join(dir, fmt.Sprintf("%s-%s-llama%s", sha256[:16], mode, C.GoString(C.llama_version())))
	if out, sum := wholeOf(ctx, stem); out != "" || ctx.Err() != nil {
		return out, sum, ctx.Err()
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", "", cache.Unwritable(err)
	}
	part := fmt.Sprintf("%s.part%d", stem, os.Getpid())
	if err := os.WriteFile(part, nil, 0o666); err != nil {
		return "", "", cache.Unwritable(err)
	}
	defer os.Remove(part)
	if err := quantize(path, part, ftype, threads); err != nil {
		return "", "", loadError(path, fmt.Sprintf("not converted to %s: %s", mode, err), "use the value as-is of ", hint.Key("engine.weights"), ", or free some space in ", dir, " (CAPTURE_CACHE names another cache folder)")
	}
	if sum, err = FileSHA256(ctx, part); err != nil {
		return "", "", err
	}
	out = stem + "-" + sum[:16] + ".gguf"
	return out, sum, os.Rename(part, out)
}

// convertedEnd is the end of a converted file's name: the beginning of its checksum,
// which earlier versions left out.
var convertedEnd = regexp.MustCompile(`^(-[0-9a-f]{16})?\.gguf$`)

// wholeOf finds the converted file of a name that is as it was written, and removes
// those that are not; empty where there is none.
func wholeOf(ctx context.Context, stem string) (path, sum string) {
	dir, name := filepath.Split(stem)
	entries, _ := os.ReadDir(dir) // it may not be there yet
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), name)
		if !ok || !convertedEnd.MatchString(rest) {
			continue
		}
		path := dir + e.Name()
		sum, err := FileSHA256(ctx, path)
		if ctx.Err() != nil {
			return "", ""
		}
		if err == nil && path == stem+"-"+sum[:16]+".gguf" {
			return path, sum
		}
		os.Remove(path) // where that fails it is not used all the same
	}
	return "", ""
}

// quantize writes a file with other weights. The error is in llama.cpp's words.
func quantize(in, out string, ftype C.int, threads int) error {
	cin, cout := C.CString(in), C.CString(out)
	defer C.free(unsafe.Pointer(cin))
	defer C.free(unsafe.Pointer(cout))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if C.cap_quantize(cin, cout, ftype, C.int(threads)) != 0 {
		return errors.New(complaint("llama.cpp's quantiser failed"))
	}
	return nil
}

// FileSHA256 gives the checksum of a file in hexadecimal. When ctx ends, it stops with
// ctx's error.
func FileSHA256(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// reader reads until its context ends.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
