package main

import (
	"os"
	"slices"
	"strings"
)

// cpuFlags maps the flags of /proc/cpuinfo that matter to llama.cpp's names.
var cpuFlags = map[string]string{
	"avx": "AVX", "avx2": "AVX2", "fma": "FMA", "f16c": "F16C", "bmi2": "BMI2", "avx512f": "AVX512",
	"avx512_vnni": "AVX512_VNNI", "avx512_bf16": "AVX512_BF16", "avx512vbmi": "AVX512_VBMI",
}

// unusedFeatures lists what this CPU can do and the engine was not built for.
func unusedFeatures(built []string) (out []string) {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		if name, flags, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "flags" {
			for _, flag := range strings.Fields(flags) {
				if feature := cpuFlags[flag]; feature != "" && !slices.Contains(built, feature) {
					out = append(out, feature)
				}
			}
			return out
		}
	}
	return nil
}
