package models

/*
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/cpu"

	"intentprobe/capture/hint"
)

// wrongCPU says that llama.cpp was compiled for another CPU, whose features this one
// lacks: it would be ended by the first instruction that this one does not know.
func wrongCPU(missing []string) error {
	others := ""
	if runtime.GOARCH == "amd64" {
		others = "; or for every CPU since 2009: SIMD=x86-64-v2 make build"
	}
	return hint.With(fmt.Errorf("this CPU lacks %s, which this program's llama.cpp was compiled for", strings.Join(missing, ", ")),
		"build it on this machine: make build", others, "; or take an archive of `make dist`, which chooses when it starts")
}

// feature is something that llama.cpp can be compiled for: its name, the function
// of the CPU backend that tells, and whether this CPU has it.
type feature struct {
	name, function string
	here           bool
}

func features() []feature {
	x, arm := cpu.X86, cpu.ARM64
	return []feature{
		{"SSE3", "sse3", x.HasSSE3}, {"SSSE3", "ssse3", x.HasSSSE3}, {"AVX", "avx", x.HasAVX}, {"AVX_VNNI", "avx_vnni", x.HasAVXVNNI},
		{"AVX2", "avx2", x.HasAVX2}, {"BMI2", "bmi2", x.HasBMI2}, {"F16C", "f16c", x.HasF16C}, {"FMA", "fma", x.HasFMA},
		{"AVX512", "avx512", x.HasAVX512F && x.HasAVX512CD && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL},
		{"AVX512_VBMI", "avx512_vbmi", x.HasAVX512VBMI}, {"AVX512_VNNI", "avx512_vnni", x.HasAVX512VNNI},
		{"AVX512_BF16", "avx512_bf16", x.HasAVX512BF16}, {"AMX_INT8", "amx_int8", x.HasAMXInt8},
		{"NEON", "neon", arm.HasASIMD}, {"FP16_VA", "fp16_va", arm.HasASIMDHP}, {"DOTPROD", "dotprod", arm.HasASIMDDP},
		{"MATMUL_INT8", "matmul_int8", arm.HasI8MM}, {"SVE", "sve", arm.HasSVE},
	}
}

// compiledFor asks the CPU backend whether it was compiled for a feature. Where
// there is a backend for each kind of CPU none is loaded yet, and llama.cpp takes
// one that fits: nothing is asked for.
func compiledFor(function string) bool {
	cname := C.CString("ggml_cpu_has_" + function)
	defer C.free(unsafe.Pointer(cname))
	return C.cap_compiled_for(cname) == 1
}

// checkCPU compares this CPU with what the CPU backend was compiled for. It must
// come before any other call of that backend.
func checkCPU(compiledFor func(function string) bool) error {
	var missing []string
	for _, f := range features() {
		if !f.here && compiledFor(f.function) {
			missing = append(missing, f.name)
		}
	}
	if missing == nil {
		return nil
	}
	return wrongCPU(missing)
}
