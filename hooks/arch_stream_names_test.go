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
	a, err := ForArch("mpt")
	assert.Zero(t, a)
	var unknown *UnknownArchError
	require.True(t, errors.As(err, &unknown))
	assert.Equal(t, "mpt", unknown.Arch)
	assert.ErrorContains(t, err, `"mpt"`)
	assert.Contains(t, unknown.Hint(), "llama")
	assert.Contains(t, unknown.Hint(), "`capture hooks MODEL` with graph")
}

func TestEveryTableIsWhole(t *testing.T) {
	names := Architectures()
	assert.True(t, slices.IsSorted(names))
	assert.Contains(t, names, "qwen3")
	for _, name := range names {
		a := archOf(t, name)
		assert.NotEmpty(t, a.Embed, name)
		for _, whole := range []string{a.Embed, a.Stream, a.Norm} { // empty: found by what reads or is read by it
			assert.NotContains(t, whole, "%", name)
		}
		if a.Pre == "" {
			assert.True(t, strings.HasSuffix(a.Post, "-%d"), name)
		}
		for _, layered := range []string{a.Mid, a.MLP, a.Pre} {
			assert.True(t, layered == "" || strings.HasSuffix(layered, "-%d"), name)
		}
	}
}

// hook_embed has no positions yet, block 0 reads them.
func TestEmbeddingAndStream(t *testing.T) {
	for name, want := range map[string][2]string{
		"llama": {"embd", "embd"}, "gemma2": {"inp_scaled", "inp_scaled"}, "gpt2": {"embd", "inpL"}, "starcoder": {"embd", "inpL"},
		"rwkv7": {"embd", ""}, "lfm2": {"model.embed_tokens", "model.embed_tokens"}, "step35": {"attn_norm_in-0", "attn_norm_in-0"},
	} {
		a := archOf(t, name)
		assert.Equal(t, want, [2]string{a.Embed, a.Stream}, name)
	}
}

// An architecture that cannot be served honestly is refused with the reason.
func TestRefusedArchitectures(t *testing.T) {
	known := Architectures()
	for name, why := range Refused() {
		_, err := ForArch(name)
		var unknown *UnknownArchError
		require.True(t, errors.As(err, &unknown), name)
		assert.ErrorContains(t, err, why)
		assert.ErrorContains(t, err, name)
		assert.Contains(t, unknown.Hint(), "another architecture")
		assert.NotContains(t, known, name)
	}
	assert.Contains(t, Refused()["gemma3n"], "four streams")
}

// Where a block reads what the one before leaves under another name, the last leaves
// something that has a name of its own.
func TestNamesOfWhatBlocksLeave(t *testing.T) {
	a := archOf(t, "step35")
	assert.Equal(t, []string{"attn_norm_in-1", "attn_norm_in-2", "h_nextn"}, []string{a.left(0, 3), a.left(1, 3), a.left(2, 3)})
	assert.Equal(t, "l_out-2", archOf(t, "llama").left(2, 3))
}
