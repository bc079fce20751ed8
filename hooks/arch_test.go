package hooks

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnknownArchitectureIsRefusedByName(t *testing.T) {
	a, err := ForArch("mamba")
	assert.Zero(t, a)
	var unknown *UnknownArchError
	require.True(t, errors.As(err, &unknown))
	assert.Equal(t, "mamba", unknown.Arch)
	assert.ErrorContains(t, err, `"mamba"`)
	assert.Contains(t, unknown.Hint(), "llama")
	assert.Contains(t, unknown.Hint(), "capture hooks --graph")
}

func TestEveryTableIsWhole(t *testing.T) {
	names := Architectures()
	assert.True(t, slices.IsSorted(names))
	assert.Contains(t, names, "qwen3")
	for _, name := range names {
		a := archOf(t, name)
		for _, whole := range []string{a.Embed, a.Stream, a.Norm} {
			assert.NotEmpty(t, whole, name)
			assert.NotContains(t, whole, "%", name)
		}
		assert.Equal(t, "l_out-%d", a.Post, name)
		for _, layered := range []string{a.Mid, a.MLP} {
			assert.True(t, layered == "" || strings.HasSuffix(layered, "-%d"), name)
		}
	}
}

// hook_embed has no positions yet, block 0 reads them.
func TestEmbeddingAndStream(t *testing.T) {
	for name, want := range map[string][2]string{
		"llama": {"embd", "embd"}, "gemma2": {"inp_scaled", "inp_scaled"}, "gpt2": {"embd", "inpL"}, "starcoder": {"embd", "inpL"},
	} {
		a := archOf(t, name)
		assert.Equal(t, want, [2]string{a.Embed, a.Stream}, name)
	}
}
