package models

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func convert(t *testing.T, path, mode string) string {
	t.Helper()
	sum, err := FileSHA256(t.Context(), path)
	require.NoError(t, err)
	out, _, err := Convert(t.Context(), path, sum, mode, t.TempDir(), 1)
	require.NoError(t, err)
	return out
}

func open(t *testing.T, path, name string) *Tensor {
	t.Helper()
	tensor, err := OpenTensor(path, name)
	require.NoError(t, err)
	t.Cleanup(func() { tensor.Close() })
	return tensor
}

func TestWeightsConversion(t *testing.T) {
	dir := t.TempDir()
	sum, err := FileSHA256(t.Context(), tiny(t, "llama"))
	require.NoError(t, err)
	out, its, err := Convert(t.Context(), tiny(t, "llama"), sum, "f16", dir, 1)
	require.NoError(t, err)
	assert.Equal(t, "F16", loadFile(t, out).Facts().FileType)
	written, err := FileSHA256(t.Context(), out)
	require.NoError(t, err)
	assert.Equal(t, written, its)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no part file is left")
	before, err := os.Stat(out)
	require.NoError(t, err)
	again, its, err := Convert(t.Context(), tiny(t, "llama"), sum, "f16", dir, 1)
	require.NoError(t, err)
	assert.Equal(t, out, again)
	assert.Equal(t, written, its)
	after, err := os.Stat(out)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "it is not written again")
	_, _, err = Convert(t.Context(), tiny(t, "llama"), sum, "q9", dir, 1)
	require.Error(t, err)
}

// A converted file that was damaged is converted again, whatever became of it.
func TestDamagedConvertedWeightsAreWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	sum, err := FileSHA256(t.Context(), tiny(t, "llama"))
	require.NoError(t, err)
	out, its, err := Convert(t.Context(), tiny(t, "llama"), sum, "f16", dir, 1)
	require.NoError(t, err)
	whole, err := os.ReadFile(out)
	require.NoError(t, err)
	changed := append([]byte(nil), whole...)
	changed[len(changed)-5] ^= 1
	for name, damage := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": nil, "a bit": changed} {
		require.NoError(t, os.WriteFile(out, damage, 0o666))
		again, sum, err := Convert(t.Context(), tiny(t, "llama"), sum, "f16", dir, 1)
		require.NoError(t, err, name)
		assert.Equal(t, out, again)
		assert.Equal(t, its, sum)
		now, err := os.ReadFile(again)
		require.NoError(t, err)
		assert.Equal(t, whole, now, name)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestACacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	t.Setenv("CAPTURE_CACHE", filepath.Join(file, "cache"))
	_, _, err := Convert(t.Context(), tiny(t, "llama"), strings.Repeat("0", 64), "f16", filepath.Join(file, "cache", "weights"), 1)
	require.ErrorContains(t, err, "the cache folder "+filepath.Join(file, "cache")+" cannot be written")
	assert.Contains(t, advice(err), "CAPTURE_CACHE")
}

func TestRowOfKnownValues(t *testing.T) {
	want := make([]float32, 64)
	for i := range want {
		want[i] = float32(i) - 31.5
	}
	path := plantRow(t, tiny(t, "llama"), "blk.1.attn_q.weight", 5, want)
	tensor := open(t, path, "blk.1.attn_q.weight")
	assert.Equal(t, 64, tensor.Rows)
	assert.Equal(t, 64, tensor.Width)
	row, err := tensor.Row(5)
	require.NoError(t, err)
	assert.Equal(t, want, row)
	before := open(t, tiny(t, "llama"), "blk.1.attn_q.weight")
	for _, other := range []int{0, 4, 6, 63} {
		a, err := tensor.Row(other)
		require.NoError(t, err)
		b, err := before.Row(other)
		require.NoError(t, err)
		assert.Equal(t, b, a)
	}
	vector := open(t, path, "output_norm.weight")
	assert.Equal(t, 1, vector.Rows)
	assert.Equal(t, 64, vector.Width)
	_, err = vector.Row(0)
	require.NoError(t, err)

	// The same row, as far as 8 bits of a block of 32 go.
	quantised := open(t, convert(t, path, "q8_0"), "blk.1.attn_q.weight")
	row, err = quantised.Row(5)
	require.NoError(t, err)
	assert.NotEqual(t, want, row)
	assert.InDeltaSlice(t, want, row, 31.5/127/2+31.5/2048)
}

// The engine's own embedding of a token is the row of its matrix, in every kind of
// file.
func TestRowIsWhatTheEngineReads(t *testing.T) {
	for _, mode := range []string{"as-is", "f32", "f16", "bf16", "q8_0", "q4_0"} {
		path := tiny(t, "llama")
		if mode != "as-is" {
			path = convert(t, path, mode)
		}
		tensor := open(t, path, "token_embd.weight")
		m := loadFile(t, path)
		assert.Equal(t, m.Facts().Vocabulary, tensor.Rows, mode)
		c := newContext(t, m)
		choose(t, c, "embed")
		s := capture(t, c, batchOf(prompt, 0, 0))
		for i, token := range prompt {
			row, err := tensor.Row(int(token))
			require.NoError(t, err)
			assert.InDeltaSlice(t, row, s.floats(0, i), 1e-7, mode)
			for _, x := range row {
				require.False(t, math.IsNaN(float64(x)))
			}
		}
	}
}

func TestTensorsThatCannotBeRead(t *testing.T) {
	path := tiny(t, "llama")
	_, err := OpenTensor(path, "blk.9.attn_q.weight")
	assert.ErrorContains(t, err, `holds no tensor "blk.9.attn_q.weight"`)
	_, err = OpenTensor(filepath.Join(t.TempDir(), "none.gguf"), "x")
	var loadErr *LoadError
	assert.ErrorAs(t, err, &loadErr)

	tensor := open(t, path, "blk.0.attn_q.weight")
	for _, row := range []int{-1, tensor.Rows, 1 << 40} {
		_, err = tensor.Row(row)
		assert.ErrorContains(t, err, "of a tensor of 64 rows")
	}
	require.NoError(t, tensor.Close())
	_, err = tensor.Row(0)
	assert.ErrorIs(t, err, os.ErrClosed)

	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	cut := filepath.Join(t.TempDir(), "cut.gguf")
	require.NoError(t, os.WriteFile(cut, whole, 0o666))
	tensor = open(t, cut, "blk.0.attn_q.weight")
	require.NoError(t, os.Truncate(cut, tensor.offset+int64(tensor.rowBytes)+10))
	_, err = tensor.Row(0)
	require.NoError(t, err)
	_, err = tensor.Row(1)
	assert.ErrorIs(t, err, io.EOF)
}
