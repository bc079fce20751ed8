package gguf

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShuffledWeights(t *testing.T) {
	was, err := os.ReadFile("../phantom/phantom.gguf")
	require.NoError(t, err)
	shuffled := func(seed uint64) []byte {
		var out bytes.Buffer
		require.NoError(t, Shuffle(&out, bytes.NewReader(was), int64(len(was)), seed))
		return out.Bytes()
	}
	now := shuffled(1)
	require.Len(t, now, len(was))
	assert.Equal(t, now, shuffled(1), "by its seed")
	assert.NotEqual(t, now, shuffled(2))
	f, err := Read(bytes.NewReader(now), int64(len(now)))
	require.NoError(t, err)
	assert.Equal(t, was[:f.Data], now[:f.Data])
	matrices := 0
	for _, tensor := range f.Tensors {
		a, b := was[tensor.Offset:][:tensor.Bytes], now[tensor.Offset:][:tensor.Bytes]
		if tensor.Shape[1] == 1 {
			assert.Equal(t, a, b, tensor.Name)
			continue
		}
		_, _, block := TypeOf(tensor.Type)
		x, y := slices.Collect(slices.Chunk(a, int(block))), slices.Collect(slices.Chunk(b, int(block)))
		slices.SortFunc(x, bytes.Compare)
		slices.SortFunc(y, bytes.Compare)
		assert.Equal(t, x, y, tensor.Name)
		if !slices.ContainsFunc(x, func(v []byte) bool { return !bytes.Equal(v, x[0]) }) {
			continue // all zeros
		}
		assert.NotEqual(t, a, b, tensor.Name)
		matrices++
	}
	assert.Greater(t, matrices, 10)
	require.Error(t, Shuffle(&bytes.Buffer{}, bytes.NewReader(was[:100]), 100, 1))
}
