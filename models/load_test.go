package models

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
)

// advice is the hint of an error.
func advice(err error) string { return hint.Of(err, func(r any) string { return fmt.Sprint(r) }) }

// writeFile writes a file and the folders around it.
func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.gguf")
	require.NoError(t, os.WriteFile(text, []byte("once upon a time"), 0o666))
	empty := filepath.Join(dir, "empty.gguf")
	require.NoError(t, os.WriteFile(empty, nil, 0o666))
	for path, want := range map[string]string{
		filepath.Join(dir, "none.gguf"): "no such file",
		dir:                             "is a folder",
		text:                            `is not a GGUF file (it begins with "once")`,
		empty:                           "is not a GGUF file",
	} {
		_, err := Load(t.Context(), path, LoadOptions{})
		var loadErr *LoadError
		require.ErrorAs(t, err, &loadErr)
		assert.Equal(t, path, loadErr.Path)
		assert.Contains(t, err.Error(), want)
		assert.NotEmpty(t, advice(err))
	}
}

// A load stops where it is when its context ends.
func TestTheEndOfAContextStopsALoad(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Load(ended, tiny(t, "llama"), LoadOptions{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = Load(&endsWhenAsked{Context: ended, asked: 1}, tiny(t, "llama"), LoadOptions{})
	require.ErrorIs(t, err, context.Canceled, "it ended in the middle")

	running, stopped := newStopFlag(), newStopFlag()
	defer running.free()
	defer stopped.free()
	stopped.set()
	for _, noWeights := range []bool{false, true} {
		m := loadModel(tiny(t, "llama"), &Placement{}, noWeights, running)
		require.NotNil(t, m)
		(&Model{c: m}).Close()
	}
	assert.Nil(t, loadModel(tiny(t, "llama"), &Placement{}, false, stopped), "llama.cpp reads no more of the weights")
}

// endsWhenAsked has ended, and says so only after it was asked so many times.
type endsWhenAsked struct {
	context.Context
	asked int
}

func (c *endsWhenAsked) Err() error {
	if c.asked--; c.asked >= 0 {
		return nil
	}
	return c.Context.Err()
}

// A checksum stops in the same way.
func TestTheEndOfAContextStopsAChecksum(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := FileSHA256(ended, tiny(t, "llama"))
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = Convert(ended, tiny(t, "llama"), "0123456789abcdef", "f16", t.TempDir(), 1)
	require.ErrorIs(t, err, context.Canceled)
}

// A file that ends early is refused wherever it ends, with a reason.
func TestLoadRefusesCutFiles(t *testing.T) {
	whole, err := os.ReadFile(tiny(t, "llama"))
	require.NoError(t, err)
	reasons := map[string]bool{}
	for _, tenth := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9} {
		n := max(5, len(whole)*tenth/10)
		path := filepath.Join(t.TempDir(), "cut.gguf")
		require.NoError(t, os.WriteFile(path, whole[:n], 0o666))
		_, err := Load(t.Context(), path, LoadOptions{})
		var loadErr *LoadError
		require.ErrorAs(t, err, &loadErr, "cut at %d of %d", n, len(whole))
		reasons[loadErr.Reason] = true
	}
	assert.NotContains(t, reasons, "llama.cpp could not load it", "the file's own error is told")
}

func TestLoadRefusesAnUnknownArchitecture(t *testing.T) {
	whole, err := os.ReadFile(tiny(t, "llama"))
	require.NoError(t, err)
	changed := 0
	for i := 0; i+5 < len(whole) && changed == 0; i++ {
		if string(whole[i:i+5]) == "llama" && string(whole[i-12-20:i-12]) == "general.architecture" {
			copy(whole[i:], "lhama")
			changed++
		}
	}
	require.Equal(t, 1, changed)
	path := filepath.Join(t.TempDir(), "lhama.gguf")
	require.NoError(t, os.WriteFile(path, whole, 0o666))
	_, err = Load(t.Context(), path, LoadOptions{})
	require.ErrorContains(t, err, "unknown model architecture: 'lhama'")
}

func TestMemoryIsCheckedFirst(t *testing.T) {
	m := load(t, "llama")
	_, err := m.NewContext(ContextOptions{Tokens: 1 << 40, Sequences: 1, MicroBatch: 32, Threads: 1})
	var memory *MemoryError
	require.ErrorAs(t, err, &memory)
	assert.Greater(t, memory.Need, memory.Available)
	assert.Contains(t, advice(err), "engine.ctx")
	assert.False(t, memory.RanOut)
	require.Error(t, checkMemory("x", 1<<62))
	require.NoError(t, checkMemory("x", 1))
}

func TestFoldersSayWhatIsInThem(t *testing.T) {
	root := t.TempDir()
	file := writeFile(t, filepath.Join(root, "one", "sub", "a.gguf"), "GGUF")
	writeFile(t, filepath.Join(root, "hf", "config.json"), "{}")
	writeFile(t, filepath.Join(root, "hf", "model-00001-of-00002.safetensors"), "x")
	writeFile(t, filepath.Join(root, "none", "readme.md"), "x")
	for dir, want := range map[string][]string{"one": {"is a folder", file}, "hf": {"is a folder", "convert_hf_to_gguf.py " + filepath.Join(root, "hf")}, "none": {"is a folder without .gguf files"}} {
		_, err := ReadHeader(filepath.Join(root, dir))
		var load *LoadError
		require.ErrorAs(t, err, &load)
		for _, text := range want {
			assert.Contains(t, err.Error()+advice(err), text)
		}
	}
}

func TestUnfinishedDownloadsAreToldSo(t *testing.T) {
	whole, err := os.ReadFile(tiny(t, "llama"))
	require.NoError(t, err)
	root := t.TempDir()
	for _, name := range []string{"m.gguf.part", "m.gguf.incomplete", "m.gguf.crdownload"} {
		_, err := ReadHeader(writeFile(t, filepath.Join(root, name), string(whole[:len(whole)/2])))
		var load *LoadError
		require.ErrorAs(t, err, &load)
		assert.Contains(t, advice(err), "its download was not finished")
	}
}
