package models

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		_, err := Load(path, LoadOptions{})
		var loadErr *LoadError
		require.ErrorAs(t, err, &loadErr)
		assert.Equal(t, path, loadErr.Path)
		assert.Contains(t, err.Error(), want)
		assert.NotEmpty(t, loadErr.Hint())
	}
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
		_, err := Load(path, LoadOptions{})
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
	_, err = Load(path, LoadOptions{})
	require.ErrorContains(t, err, "unknown model architecture: 'lhama'")
}

func TestMemoryIsCheckedFirst(t *testing.T) {
	m := load(t, "llama")
	_, err := m.NewContext(ContextOptions{Tokens: 1 << 40, Sequences: 1, MicroBatch: 32, Threads: 1})
	var memory *MemoryError
	require.ErrorAs(t, err, &memory)
	assert.Greater(t, memory.Need, memory.Available)
	assert.Contains(t, memory.Hint(), "--ctx")
	require.Error(t, checkMemory("x", 1<<62))
	require.NoError(t, checkMemory("x", 1))
}

func TestFindLooksIntoEveryStore(t *testing.T) {
	root := t.TempDir()
	write := func(parts ...string) string {
		path := filepath.Join(append([]string{root}, parts...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte("GGUF"), 0o666))
		return path
	}
	hf := write("hf", "blobs", "abc")
	link := filepath.Join(root, "hf", "models--org--name", "snapshots", "1", "Model-7B.Q4_K_M.gguf")
	require.NoError(t, os.MkdirAll(filepath.Dir(link), 0o777))
	require.NoError(t, os.Symlink(hf, link))
	write("lm", "org", "Split-00001-of-00003.gguf")
	write("lm", "org", "Split-00002-of-00003.gguf")
	write("lm", "org", "mmproj-model.gguf")
	write("lm", "org", "readme.txt")
	blob := write("ollama", "blobs", "sha256-1234")
	manifest := filepath.Join(root, "ollama", "manifests", "registry", "library", "Llama3.2", "1b")
	require.NoError(t, os.MkdirAll(filepath.Dir(manifest), 0o777))
	require.NoError(t, os.WriteFile(manifest, []byte(`{"layers":[
		{"mediaType":"application/vnd.ollama.image.template","digest":"sha256:9"},
		{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:1234"}]}`), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(manifest), "broken"), []byte("{"), 0o666))

	found := Find([]Place{{"huggingface", filepath.Join(root, "hf")}, {"lm-studio", filepath.Join(root, "lm")},
		{"ollama", filepath.Join(root, "ollama")}, {"folder", filepath.Join(root, "none")}})
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s", f.Source, f.Name))
	}
	assert.Equal(t, []string{"huggingface model-7b.q4_k_m", "lm-studio mmproj-model", "lm-studio split-00001-of-00003", "ollama llama3.2:1b"}, got)

	for name, want := range map[string]string{"Model-7B": link, "model-7b.q4_k_m.gguf": link, "llama3.2:1b": blob, "llama3.2": blob, hf: hf} {
		path, err := Resolve(name, found)
		require.NoError(t, err, name)
		assert.Equal(t, want, path)
	}
	_, err := Resolve("model", found)
	require.NoError(t, err)
	_, err = Resolve("model-8b", found)
	require.ErrorContains(t, err, "no such file")
	_, err = Resolve("m", append(found, Found{Name: "m-1"}, Found{Name: "m-2"}))
	require.ErrorContains(t, err, "2 models")
}
