package models

/*
#include <stdlib.h>
#include "shim.h"
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"intentprobe/capture/hint"
)

// misfit says that the llama.cpp that was loaded is not one that this program
// can use: it was compiled with the headers of another, and would read wrong
// numbers or crash.
type misfit struct {
	Built   string   // the version that the program was compiled for
	Found   string   // the version that was loaded
	Library string   // its file; empty where it is part of the program
	Reasons []string // what does not fit, at least one
}

func (e *misfit) Error() string {
	const shown = 4
	reasons := e.Reasons
	more := ""
	if len(reasons) > shown {
		more = fmt.Sprintf("; and %d more", len(reasons)-shown)
		reasons = reasons[:shown]
	}
	where := ""
	if e.Library != "" {
		where = " (" + e.Library + ")"
	}
	return fmt.Sprintf("llama.cpp %s%s does not fit this program, which was built for llama.cpp %s: %s%s",
		e.Found, where, e.Built, strings.Join(reasons, "; "), more)
}

func (e *misfit) advised() error {
	return hint.With(e, "build capture again for the installed llama.cpp: make build ENGINE=system; or with its own: make build")
}

// fits compares the llama.cpp that was loaded with the one that this program was
// compiled for. It starts no backend.
var fits = sync.OnceValue(func() error {
	e := &misfit{Built: builtFor(), Library: libraryFile("llama_decode")}
	for _, name := range imports() {
		if libraryFile(name) == "" {
			e.Reasons = append(e.Reasons, "it has no function "+name)
		}
	}
	e.Found = foundVersion()
	if e.Reasons != nil {
		return e.advised() // what is missing must not be called
	}
	if err := checkCPU(compiledFor); err != nil {
		return err
	}
	e.Reasons = append(wrongVersions([]library{
		{"llama.cpp", C.GoString(C.cap_built_llama()), C.GoString(C.llama_version())},
		{"ggml", C.GoString(C.cap_built_ggml()), C.GoString(C.ggml_version())},
	}), wrongFacts(layouts())...)
	if e.Reasons != nil {
		return e.advised()
	}
	if e.Reasons = wrongNames(enumNames()); e.Reasons != nil {
		return e.advised()
	}
	return nil
})

// checkDevices compares what a backend says of itself, once backends are loaded.
func checkDevices() error {
	var room [16]C.cap_fact
	reasons := wrongFacts(factsOf(room[:C.cap_device_facts(&room[0], C.int(len(room)))]))
	if reasons == nil {
		return nil
	}
	e := &misfit{Built: builtFor(), Found: foundVersion(), Library: libraryFile("llama_decode"), Reasons: reasons}
	return e.advised()
}

// ---- versions ----

// library is one of llama.cpp's, with the version that this program was compiled
// for, empty where that is not known, and the version that was loaded.
type library struct{ name, built, found string }

// wrongVersions refuses a library whose first two numbers differ: upstream changes
// what functions mean between them, and no layout shows that.
func wrongVersions(libraries []library) (reasons []string) {
	for _, l := range libraries {
		if l.built != "" && series(l.built) != series(l.found) {
			reasons = append(reasons, fmt.Sprintf("%s is %s, and %s.x is needed", l.name, l.found, series(l.built)))
		}
	}
	return reasons
}

// series gives the first two numbers of a version.
func series(version string) string {
	numbers := strings.SplitN(version, ".", 3)
	return strings.Join(numbers[:min(2, len(numbers))], ".")
}

// builtFor names what this program was compiled for.
func builtFor() string {
	if v := C.GoString(C.cap_built_llama()); v != "" {
		return v
	}
	return "of an unknown version (it was built without make)"
}

// foundVersion names what was loaded. Libraries before 0.5 tell no version, but
// have one in the name of their file.
func foundVersion() string {
	if !isImported("llama_version") || libraryFile("llama_version") != "" {
		return C.GoString(C.llama_version())
	}
	if file, err := filepath.EvalSymlinks(libraryFile("llama_decode")); err == nil {
		if _, v, ok := strings.Cut(filepath.Base(file), ".so."); ok {
			return v
		}
	}
	return "of an unknown version"
}

// ---- functions ----

// imports lists the functions of llama.cpp that this program takes from libraries:
// none where llama.cpp is part of it.
var imports = sync.OnceValue(func() []string {
	exe, err := os.Executable()
	if err != nil {
		return nil
	}
	names := importedSymbols(exe)
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, "llama_") && !strings.HasPrefix(name, "ggml_") && !strings.HasPrefix(name, "gguf_") ||
			strings.HasPrefix(name, "ggml_cpu_has_") // weak: it may be missing
	})
})

func isImported(name string) bool { return slices.Contains(imports(), name) }

// libraryFile gives the file in which a function of llama.cpp lies, empty where it
// is part of this program or nowhere.
func libraryFile(function string) string {
	cname := C.CString(function)
	defer C.free(unsafe.Pointer(cname))
	return C.GoString(C.cap_library(cname))
}

// ---- layouts ----

// fact is one number of the library's, and the two that are right; mostly these are
// one.
type fact struct {
	what          string
	got, want, or int64
}

// layouts measures the structs that cross between this program and llama.cpp.
func layouts() []fact {
	var room [128]C.cap_fact
	return factsOf(room[:C.cap_facts(&room[0], C.int(len(room)))])
}

func factsOf(measured []C.cap_fact) (out []fact) {
	for _, f := range measured {
		out = append(out, fact{C.GoString(f.what), int64(f.got), int64(f.want), int64(f.or)})
	}
	return out
}

func wrongFacts(facts []fact) (reasons []string) {
	for _, f := range facts {
		if f.got != f.want && f.got != f.or {
			reasons = append(reasons, fmt.Sprintf("%s: %d, and %d is needed", f.what, f.got, f.want))
		}
	}
	return reasons
}

// ---- numbers with names ----

// named is a number that this program was compiled with, what it stands for, and
// what the library calls it.
type named struct {
	kind      string
	number    int
	want, got string
}

func wrongNames(names []named) (reasons []string) {
	for _, n := range names {
		if n.got != n.want {
			reasons = append(reasons, fmt.Sprintf("%s %d is %q, and %q is needed", n.kind, n.number, n.got, n.want))
		}
	}
	return reasons
}

func enumNames() (out []named) {
	for t, want := range map[C.enum_ggml_type]string{
		C.GGML_TYPE_F32: "f32", C.GGML_TYPE_F16: "f16", C.GGML_TYPE_BF16: "bf16",
		C.GGML_TYPE_Q4_0: "q4_0", C.GGML_TYPE_Q4_1: "q4_1", C.GGML_TYPE_Q5_0: "q5_0", C.GGML_TYPE_Q5_1: "q5_1", C.GGML_TYPE_Q8_0: "q8_0",
		C.GGML_TYPE_Q2_K: "q2_K", C.GGML_TYPE_Q3_K: "q3_K", C.GGML_TYPE_Q4_K: "q4_K", C.GGML_TYPE_Q5_K: "q5_K", C.GGML_TYPE_Q6_K: "q6_K",
		C.GGML_TYPE_IQ4_NL: "iq4_nl", C.GGML_TYPE_I8: "i8", C.GGML_TYPE_I16: "i16", C.GGML_TYPE_I32: "i32", C.GGML_TYPE_I64: "i64",
	} {
		out = append(out, named{"tensor type", int(t), want, C.GoString(C.ggml_type_name(t))})
	}
	for t, want := range map[C.enum_llama_ftype]string{
		C.LLAMA_FTYPE_ALL_F32: "all F32", C.LLAMA_FTYPE_MOSTLY_F16: "F16", C.LLAMA_FTYPE_MOSTLY_BF16: "BF16",
		C.LLAMA_FTYPE_MOSTLY_Q8_0: "Q8_0", C.LLAMA_FTYPE_MOSTLY_Q4_0: "Q4_0",
	} {
		out = append(out, named{"file type", int(t), want, C.GoString(C.llama_ftype_name(t))})
	}
	for t, want := range map[C.enum_llama_flash_attn_type]string{
		C.LLAMA_FLASH_ATTN_TYPE_AUTO: "auto", C.LLAMA_FLASH_ATTN_TYPE_DISABLED: "disabled", C.LLAMA_FLASH_ATTN_TYPE_ENABLED: "enabled",
	} {
		out = append(out, named{"flash attention", int(t), want, C.GoString(C.llama_flash_attn_type_name(t))})
	}
	slices.SortFunc(out, func(a, b named) int { return strings.Compare(a.kind, b.kind)*1000 + a.number - b.number })
	return out
}
