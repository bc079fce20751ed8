package gguf

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lora is an adapter of rank 2 for the embedding and the unembedding of whole.
func lora() model {
	return model{
		values: []pair{{"general.architecture", "llama"}, {"general.type", "adapter"}, {"adapter.type", "lora"}, {alphaKey, raw{uint32(Float32), f32(4)}}},
		tensors: []matrix{
			{"token_embd.weight.lora_a", []uint64{2, 5}}, {"token_embd.weight.lora_b", []uint64{2, 8}},
			{"output.weight.lora_a", []uint64{8, 2}}, {"output.weight.lora_b", []uint64{2, 5}}, {"blk.0.attn_norm.weight", []uint64{8}},
		},
	}
}

func f32(x float32) []byte {
	bits := math.Float32bits(x)
	return []byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)}
}

// shaped gives a tensor another shape, or none where the shape is nil.
func (m model) shaped(name string, shape ...uint64) model {
	tensors := []matrix(nil)
	for _, t := range m.tensors {
		if t.name == name {
			t.shape = shape
		}
		if t.shape != nil {
			tensors = append(tensors, t)
		}
	}
	m.tensors = tensors
	return m
}

func saved(t *testing.T, name string, m model) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, m.bytes(), 0o666))
	return path
}

func TestAnAdapterIsRead(t *testing.T) {
	a, err := ReadAdapter(saved(t, "a.gguf", lora().set(baseKey, "aa")))
	require.NoError(t, err)
	assert.Equal(t, "llama", a.Architecture)
	assert.Equal(t, "aa", a.Base)
	assert.InDelta(t, 4, a.Alpha, 0)
	assert.Equal(t, []string{"blk.0.attn_norm.weight"}, a.Norms)
	require.Len(t, a.Pairs, 2)
	p, ok := a.Pair("output.weight")
	require.True(t, ok)
	assert.Equal(t, 2, p.Rank())
	assert.Equal(t, [4]int64{8, 2, 1, 1}, p.A.Shape)
	_, ok = a.Pair("blk.0.attn_norm.weight")
	assert.False(t, ok)

	base, err := ReadModel(saved(t, "m.gguf", whole()))
	require.NoError(t, err)
	require.NoError(t, a.Fits(base))
	_, err = base.adapter()
	require.ErrorContains(t, err, "it is a model, and no adapter")
}

// Each of these would end llama.cpp's process, be passed over by it, or mean something
// else than is asked for.
func TestAdaptersThatCannotBeRun(t *testing.T) {
	with := func(name string, shape ...uint64) model {
		m := lora()
		m.tensors = append(m.tensors, matrix{name, shape})
		return m
	}
	for name, c := range map[string]struct {
		file model
		want string
	}{
		"a model":          {whole(), "it is a model, and no adapter"},
		"a control vector": {whole().set("general.architecture", "controlvector"), "it is a control vector for a model, and no adapter"},
		"type":             {lora().set("general.type", "model"), `key "general.type" is "model"`},
		"kind":             {lora().set("adapter.type", "ia3"), `key "adapter.type" is "ia3"`},
		"aLoRA":            {lora().set(invocationKey, []int32{7, 8}), "activated LoRA"},
		"alpha as a whole": {lora().set(alphaKey, uint32(4)), "want a finite number as f32"},
		"alpha":            {lora().set(alphaKey, raw{uint32(Float32), f32(float32(math.NaN()))}), "NaN"},
		"a bias":           {with("blk.0.attn_q.bias", 8), `tensor "blk.0.attn_q.bias" is none of a LoRA adapter`},
		"half a pair":      {lora().shaped("output.weight.lora_b"), `of the pair for "output.weight" one half is missing`},
		"architecture":     {lora().set("general.architecture", "qwen2"), `it is for the architecture "qwen2", the model is "llama"`},
		"another weight":   {model{values: lora().values, tensors: []matrix{{"blk.9.attn_q.weight.lora_a", []uint64{8, 2}}, {"blk.9.attn_q.weight.lora_b", []uint64{2, 8}}}}, `the weight "blk.9.attn_q.weight", which the model has not`},
		"width":            {lora().shaped("output.weight.lora_a", 9, 2), `for "output.weight" have the shapes [9 2 1 1] and [2 5 1 1]`},
		"rank":             {lora().shaped("output.weight.lora_a", 8, 3), "a rank of 2 wants [8 2 1 1]"},
		"experts":          {lora().shaped("output.weight.lora_a", 8, 2, 3), "[8 2 3 1]"},
		"embedding":        {lora().shaped("token_embd.weight.lora_a", 8, 2).shaped("token_embd.weight.lora_b", 2, 5), `for "token_embd.weight"`},
	} {
		a, err := ReadAdapter(saved(t, "a.gguf", c.file))
		if err == nil {
			base, berr := ReadModel(saved(t, "m.gguf", whole()))
			require.NoError(t, berr)
			err = a.Fits(base)
		}
		var ours *Error
		require.ErrorAs(t, err, &ours, name)
		assert.Contains(t, err.Error(), c.want, name)
		assert.NotEmpty(t, ours.Hint(), name)
	}
}

// llama.cpp multiplies by the embedding's adapter as it lies for the embedding: where
// that is the unembedding too, an assertion fails.
func TestTheEmbeddingOfTiedModelsHasNoAdapter(t *testing.T) {
	a, err := ReadAdapter(saved(t, "a.gguf", lora().shaped("output.weight.lora_a").shaped("output.weight.lora_b")))
	require.NoError(t, err)
	tied, err := ReadModel(saved(t, "m.gguf", whole().shaped("output.weight")))
	require.NoError(t, err)
	require.ErrorContains(t, a.Fits(tied), "which this model unembeds with too")
}

// What is no GGUF is said to be what it is, and the hint is about adapters.
func TestOtherFilesAreNoAdapters(t *testing.T) {
	for file, want := range map[string]string{
		"\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}": "safetensors",
		"Once upon a time":                           "it is text",
	} {
		path := filepath.Join(t.TempDir(), "a.gguf")
		require.NoError(t, os.WriteFile(path, []byte(file), 0o666))
		_, err := ReadAdapter(path)
		var ours *Error
		require.ErrorAs(t, err, &ours)
		assert.Contains(t, err.Error(), want)
		assert.Contains(t, ours.Hint(), "convert_lora_to_gguf.py")
	}
}
