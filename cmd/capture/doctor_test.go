package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBackendsWithoutADeviceAreNamed(t *testing.T) {
	assert.Empty(t, silentBackends("static cpu SIMD=native", map[string]int{"CPU": 1, "RPC": 0}))
	assert.Empty(t, silentBackends("static vulkan SIMD=native", map[string]int{"CPU": 1, "Vulkan": 1}))
	assert.Equal(t, []string{"Vulkan"}, silentBackends("static vulkan SIMD=native", map[string]int{"CPU": 1}), "it is not listed without a driver")
	assert.Equal(t, []string{"CUDA"}, silentBackends("system", map[string]int{"CPU": 1, "CUDA": 0}))
	for _, name := range silentBackends("cuda hip vulkan metal", nil) {
		assert.NotEmpty(t, driverNeeded[name], name)
	}
}
