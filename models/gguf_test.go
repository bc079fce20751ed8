package models

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/models/gguf"
)

// The table of the checker is ggml's, whatever llama.cpp it is linked with.
func TestTheElementTypesAreGgmls(t *testing.T) {
	known := 0
	for n := range uint32(43) { // GGML_TYPE_COUNT
		_, block, bytes := elementType(n)
		name, ourBlock, ourBytes := gguf.TypeOf(n)
		if block == 0 {
			assert.Empty(t, name, n)
			continue
		}
		known++
		assert.Equal(t, [2]int64{block, bytes}, [2]int64{ourBlock, ourBytes}, name)
	}
	assert.Greater(t, known, 30)
	_, block, _ := gguf.TypeOf(43)
	assert.Zero(t, block)
}
