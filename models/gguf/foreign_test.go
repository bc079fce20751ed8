package gguf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is no GGUF is said to be what it is, and the hint is about that.
func TestOtherFilesAreCalledWhatTheyAre(t *testing.T) {
	for name, c := range map[string]struct{ file, what, hint string }{
		"nothing":             {"", "empty file", "fetch the file again"},
		"LFS pointer":         {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "Git LFS pointer", "git lfs pull"},
		"page":                {"\n  <!DOCTYPE html><html>", "web page", "/resolve/"},
		"page without a type": {"<HTML><head>", "web page", "/resolve/"},
		"refused":             {"Access to model org/x is restricted.", "error message", "token"},
		"missing":             {"Entry not found", "error message", "/resolve/"},
		"error as JSON":       {`{"error":"Repository not found"}`, "error message", "/resolve/"},
		"config":              {"{\n  \"architectures\": [\"Llama\"]\n}" + strings.Repeat(" ", 1000), "", "convert_hf_to_gguf.py"},
		"prose":               {"Once upon a time", "", "convert_hf_to_gguf.py"},
		"letters cut":         {"Onc" + strings.Repeat("é", 400), "", "convert_hf_to_gguf.py"},
		"safetensors":         {"\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}", "safetensors file", "convert_hf_to_gguf.py"},
		"PyTorch":             {"PK\x03\x04\x00\x00", "PyTorch file or zip archive", "convert_hf_to_gguf.py"},
		"older PyTorch":       {"\x80\x02\x8a\x0a", "PyTorch file", "convert_hf_to_gguf.py"},
		"ggml":                {"tjgg\x03\x00\x00\x00", "model in a format before GGUF", "newer conversion"},
		"older adapter":       {"algg\x01\x00\x00\x00", "LoRA adapter in a format before GGUF", "convert_lora_to_gguf.py"},
		"gzip":                {"\x1f\x8b\x08\x00", "compressed file", "unpack"},
		"begun":               {strings.Repeat("\x00", 4096), "file of zeros, whose download has hardly begun", "download"},
		"something":           {"\x01\x02\x03\x04\x05", "", "convert_hf_to_gguf.py"},
	} {
		_, err := read([]byte(c.file))
		var ours *Error
		require.ErrorAs(t, err, &ours, name)
		assert.Contains(t, err.Error(), "is not a GGUF file (it begins with ", name)
		assert.Equal(t, c.what, ours.What, name)
		assert.Contains(t, ours.Hint(), c.hint, name)
		if c.what != "" {
			assert.Regexp(t, `: it is (an? )?(`+c.what+`|empty)`, err.Error(), name)
		}
	}
}

// A whole GGUF that is no model is refused as what it is, and can still be read.
func TestFilesThatAreNoModel(t *testing.T) {
	with := func(tensors ...string) model {
		m := whole()
		for _, name := range tensors {
			m.tensors = append(m.tensors, matrix{name, []uint64{4}})
		}
		return m
	}
	bare := model{values: []pair{{"general.type", "imatrix"}, {"imatrix.chunk_count", uint32(3)}}, tensors: []matrix{{"blk.0.attn_q.weight.counts", []uint64{1}}}}
	vocabulary := whole()
	vocabulary.tensors = nil
	for name, c := range map[string]struct {
		file       model
		what, hint string
	}{
		"adapter":           {whole().set("general.type", "adapter").set("adapter.type", "lora"), "LoRA adapter", "engine.adapters"},
		"adapter by names":  {with("blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"), "LoRA adapter", "engine.adapters"},
		"projector":         {whole().set("general.type", "mmproj"), "multimodal projector", "model itself"},
		"older projector":   {whole().set("general.architecture", "clip"), "multimodal projector", "model itself"},
		"control vector":    {whole().set("general.architecture", "controlvector"), "control vector", "the model that it was made for"},
		"importance matrix": {bare, "importance matrix", "model's file"},
		"vocabulary":        {vocabulary, "vocabulary without weights", "model's file"},
		"nothing":           {model{values: []pair{{"general.name", "x"}}}, "no weights", "model's file"},
		"vision":            {with("v.patch_embd.weight"), "model with its vision tower in one file", "GGUF"},
		"vision, projector": {with("mm.0.weight"), "model with its vision tower in one file", "GGUF"},
		"sound":             {with("a.conv1d.0.weight"), "model with its vision tower in one file", "GGUF"},
		"another type":      {whole().set("general.type", "dataset"), "dataset", "model's file"},
	} {
		path := filepath.Join(t.TempDir(), "x.gguf")
		require.NoError(t, os.WriteFile(path, c.file.bytes(), 0o666))
		head, err := ReadFile(path)
		require.NoError(t, err, name)
		require.NotNil(t, head.Foreign(), name)
		assert.Equal(t, c.what, head.Foreign().What, name)
		_, err = ReadModel(path)
		var ours *Error
		require.ErrorAs(t, err, &ours, name)
		assert.Equal(t, c.what, ours.What, name)
		assert.Contains(t, ours.Hint(), c.hint, name)
	}
	for name, m := range map[string]model{"model": whole().set("general.type", "model"), "first of several": vocabulary.set("split.count", uint16(2)).set("split.no", uint16(0))} {
		head, err := read(m.bytes())
		require.NoError(t, err, name)
		assert.Nil(t, head.Foreign(), name)
	}
}
