package main

import (
	"fmt"
	"slices"
	"strings"
)

// driverNeeded says of a backend what makes its devices appear. Names as ggml has
// them.
var driverNeeded = map[string]string{
	"CUDA":   "install NVIDIA's driver (`nvidia-smi` must list the card); in a container, pass the GPU through",
	"ROCm":   "install AMD's driver and add yourself to the groups render and video (`rocminfo` must list the card)",
	"Vulkan": "install a Vulkan driver (Mesa: apt-get install mesa-vulkan-drivers); `vulkaninfo --summary` must list the card",
	"MTL":    "Metal needs a Mac with a graphics unit that macOS supports",
}

// silentBackends lists the backends that an engine was built for, by its options, or
// has, and that found no device. One that found no driver may not even be listed.
func silentBackends(options string, found map[string]int) (out []string) {
	for word, name := range map[string]string{"cuda": "CUDA", "hip": "ROCm", "vulkan": "Vulkan", "metal": "MTL"} {
		n, has := found[name]
		if n == 0 && (has || slices.Contains(strings.Fields(options), word)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// memoryText says how much memory a device has.
func memoryText(free, total uint64) string {
	if total == 0 {
		return "memory not known"
	}
	return fmt.Sprintf("%s free of %s", bytesText(int64(free)), bytesText(int64(total)))
}
