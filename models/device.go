package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"os"
	"runtime"
	"strings"
	"unsafe"
)

// Device is something that llama.cpp can compute on.
type Device struct {
	Name        string `json:"name"`        // "CPU", "CUDA0", "Vulkan0", "RPC0"
	Description string `json:"description"` // of the hardware; of a worker's, its HOST:PORT
	Backend     string `json:"backend"`     // "CPU", "CUDA", "Vulkan", "RPC"
	Kind        string `json:"kind"`        // cpu, gpu, igpu, accel, meta
	ID          string `json:"id,omitempty"`
	Driver      string `json:"driver,omitempty"`
	MemoryFree  uint64 `json:"memory_free"` // bytes, now
	MemoryTotal uint64 `json:"memory_total"`
}

// Accelerator says whether layers can be put on the device.
func (d *Device) Accelerator() bool { return d.Kind == "gpu" || d.Kind == "igpu" }

var deviceKinds = map[C.int32_t]string{
	C.GGML_BACKEND_DEVICE_TYPE_CPU: "cpu", C.GGML_BACKEND_DEVICE_TYPE_GPU: "gpu", C.GGML_BACKEND_DEVICE_TYPE_IGPU: "igpu",
	C.GGML_BACKEND_DEVICE_TYPE_ACCEL: "accel", C.GGML_BACKEND_DEVICE_TYPE_META: "meta",
}

// Devices lists what llama.cpp can compute on, those of added workers included. The
// error is EngineBuild's.
func Devices() (out []Device, err error) {
	if err := start(); err != nil {
		return nil, err
	}
	for i := range C.cap_devices() {
		var c C.cap_device
		C.cap_device_get(i, &c)
		d := Device{
			Name: C.GoString(c.name), Description: strings.TrimSpace(C.GoString(c.description)), Backend: C.GoString(c.backend), Kind: deviceKinds[c._type],
			MemoryFree: uint64(c.memory_free), MemoryTotal: uint64(c.memory_total),
		}
		if c.id != nil {
			d.ID = C.GoString(c.id)
		}
		if d.Kind == "cpu" { // ggml gives what is installed, not what this process may take
			d.MemoryFree = min(AvailableMemory(), d.MemoryTotal)
		}
		d.Driver = driverOf(d.Backend)
		out = append(out, d)
	}
	return out, nil
}

// CPUName is what this machine's CPU calls itself, or its architecture where it does
// not say. The kernels of quantised products are chosen by it.
func CPUName() string {
	devices, _ := Devices()
	for _, d := range devices {
		if d.Kind == "cpu" && d.Description != "" && d.Description != "CPU" {
			return d.Description
		}
	}
	return runtime.GOARCH
}

// deviceNames lists the names of Devices, without asking the devices anything.
func deviceNames() (out []string) {
	for i := range C.cap_devices() {
		out = append(out, C.GoString(C.ggml_backend_dev_name(C.ggml_backend_dev_get(i))))
	}
	return out
}

// hasAccelerator says whether there is one on this machine.
func hasAccelerator() bool {
	for i := range C.cap_devices() {
		d := C.ggml_backend_dev_get(i)
		kind := deviceKinds[C.int32_t(C.ggml_backend_dev_type(d))]
		if (kind == "gpu" || kind == "igpu") && C.GoString(C.ggml_backend_reg_name(C.ggml_backend_dev_backend_reg(d))) != "RPC" {
			return true
		}
	}
	return false
}

// Backends gives the names of the backends that are built in or were loaded, and how
// many devices each found: none where llama.cpp cannot be used.
func Backends() map[string]int {
	out := map[string]int{}
	if start() != nil {
		return out
	}
	for i := C.size_t(0); ; i++ {
		var n C.size_t
		name := C.cap_backend_name(i, &n)
		if name == nil {
			return out
		}
		out[C.GoString(name)] = int(n)
	}
}

// driverOf gives the version of the kernel driver behind a backend, where Linux
// tells it; empty otherwise.
func driverOf(backend string) string {
	module := map[string]string{"CUDA": "nvidia", "ROCm": "amdgpu", "HIP": "amdgpu"}[backend]
	if module == "" {
		return ""
	}
	text, err := os.ReadFile("/sys/module/" + module + "/version")
	if err != nil {
		return ""
	}
	return module + " " + strings.TrimSpace(string(text))
}

// cStrings gives texts as C has them; with one place more, so that it is never empty.
func cStrings(texts []string) []*C.char {
	out := make([]*C.char, len(texts)+1)
	for i, text := range texts {
		out[i] = C.CString(text)
	}
	return out
}

func freeStrings(texts []*C.char) {
	for _, text := range texts {
		C.free(unsafe.Pointer(text))
	}
}
