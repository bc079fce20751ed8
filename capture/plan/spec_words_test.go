package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/spec"
	"intentprobe/models"
)

// A spec is checked without an engine, by the words that the engine takes.
func TestASpecKnowsTheWordsOfTheEngine(t *testing.T) {
	assert.Equal(t, models.WeightModes(), spec.WeightModes)
	assert.Equal(t, models.KVTypes(), spec.KVTypes)
	assert.Equal(t, models.SplitModes(), spec.SplitModes)
	assert.Equal(t, maxSequences-2, spec.MaxBatch)
	for _, kv := range spec.KVTypes {
		e := spec.Default().Engine
		e.KVType, e.FlashAttn = kv, "off"
		assert.Equal(t, models.Quantised(kv), e.CheckDevices() != nil, kv)
	}
}
