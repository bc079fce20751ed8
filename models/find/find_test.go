package find

import (
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

// store is a folder with models in it: files that hold their own texts.
type store struct {
	*testing.T
	root string
}

func newStore(t *testing.T) store { return store{t, t.TempDir()} }

func (s store) path(name string) string { return filepath.Join(s.root, filepath.FromSlash(name)) }

func (s store) write(name, text string) string {
	path := s.path(name)
	require.NoError(s, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(s, os.WriteFile(path, []byte(text), 0o666))
	return path
}

func (s store) link(from, to string) {
	require.NoError(s, os.MkdirAll(filepath.Dir(s.path(from)), 0o777))
	require.NoError(s, os.Symlink(s.path(to), s.path(from)))
}

func (s store) find(source string) []Found { return Models([]Place{{source, s.root}}) }

func (s store) names(found []Found) (out []string) {
	for _, f := range found {
		rel, err := filepath.Rel(s.root, f.Path)
		require.NoError(s, err)
		out = append(out, f.Name+" "+filepath.ToSlash(rel))
	}
	return out
}

// resolves wants each name to be that file's.
func (s store) resolves(found []Found, want map[string]string) {
	for name, file := range want {
		path, err := Resolve(name, found)
		if assert.NoError(s, err, name) {
			assert.Equal(s, s.path(file), path, name)
		}
	}
}

// refuses wants a name to be refused, and the error to hold each of these.
func (s store) refuses(found []Found, name string, texts ...string) {
	_, err := Resolve(name, found)
	if assert.Error(s, err, name) {
		for _, text := range texts {
			assert.Contains(s, err.Error()+"\n"+advice(err), text, name)
		}
	}
}

func TestTwoModelsOfOneNameAreAnErrorWithBothPaths(t *testing.T) {
	s := newStore(t)
	a := s.write("pubA/r/model-Q4_K_M.gguf", "GGUF one")
	b := s.write("pubB/r/model-Q4_K_M.gguf", "GGUF other")
	found := s.find("lm-studio")
	assert.Equal(t, []string{"puba/r/model-q4_k_m pubA/r/model-Q4_K_M.gguf", "pubb/r/model-q4_k_m pubB/r/model-Q4_K_M.gguf"}, s.names(found))
	for _, name := range []string{"model-Q4_K_M", "model-q4_k_m.gguf", "r/model-Q4_K_M"} {
		s.refuses(found, name, a, b, "puba/r/model-q4_k_m", "pubb/r/model-q4_k_m")
	}
	s.refuses(found, "model", "2 models", "puba/r/model-q4_k_m", "pubb/r/model-q4_k_m")
	s.resolves(found, map[string]string{
		"pubA/r/model-Q4_K_M": "pubA/r/model-Q4_K_M.gguf", "pubB/r/model-Q4_K_M.gguf": "pubB/r/model-Q4_K_M.gguf",
		"pubA": "pubA/r/model-Q4_K_M.gguf", "pubB/r/model": "pubB/r/model-Q4_K_M.gguf",
	})
	path, err := Resolve(a, found)
	require.NoError(t, err)
	assert.Equal(t, a, path)

	// One that lies around the other has no name of its own: its path is.
	s.write("model-Q4_K_M.gguf", "GGUF third")
	found = s.find("lm-studio")
	s.refuses(found, "model-Q4_K_M", a, b, s.path("model-Q4_K_M.gguf"))
	assert.Equal(t, s.path("model-Q4_K_M.gguf"), found[0].Name)
}

func TestOneFileUnderSeveralPathsIsOneModel(t *testing.T) {
	s := newStore(t)
	s.write("a/m.gguf", "GGUF one")
	s.link("b/m.gguf", "a/m.gguf")
	require.NoError(t, os.MkdirAll(s.path("c"), 0o777))
	require.NoError(t, os.Link(s.path("a/m.gguf"), s.path("c/m.gguf")))
	found := s.find("folder")
	assert.Equal(t, []string{"m a/m.gguf"}, s.names(found))
	s.resolves(found, map[string]string{"m": "a/m.gguf", "b/m": "a/m.gguf", "c/m": "a/m.gguf"})

	s.write("d/m.gguf", "GGUF one") // a copy
	s.resolves(s.find("folder"), map[string]string{"m": "a/m.gguf", "d/m": "d/m.gguf"})
	s.write("d/m.gguf", "GGUF two")
	s.refuses(s.find("folder"), "m", s.path("a/m.gguf"), s.path("d/m.gguf"))
}

func TestAModelIsTakenWhereAnotherFileOfItsNameIsNone(t *testing.T) {
	s := newStore(t)
	whole, err := os.ReadFile("../phantom/phantom.gguf")
	require.NoError(t, err)
	s.write("a/m.gguf", string(whole))
	s.write("b/m.gguf", "version https://git-lfs.github.com/spec/v1\n")
	s.resolves(s.find("folder"), map[string]string{"m": "a/m.gguf"})
}

func TestTheMainRevisionOfARepositoryIsTaken(t *testing.T) {
	s := newStore(t)
	const repo = "models--Org--Repo-GGUF/"
	for revision, blobs := range map[string]map[string]string{"0000000000aa": {"m.gguf": "1", "old.gguf": "3"}, "1111111111bb": {"m.gguf": "2", "sub/n.gguf": "4"}, "2222222222cc": {"m.gguf": "2"}} {
		for file, blob := range blobs {
			s.write(repo+"blobs/"+blob, "GGUF "+blob)
			s.link(repo+"snapshots/"+revision+"/"+file, repo+"blobs/"+blob)
		}
	}
	s.refuses(s.find("huggingface"), "m", "0000000000aa/m.gguf", "1111111111bb/m.gguf", "org/repo-gguf@00000000/m", "org/repo-gguf@11111111/m")
	s.write(repo+"refs/main", "1111111111bb\n")
	found := s.find("huggingface")
	assert.Equal(t, []string{
		"m " + repo + "snapshots/1111111111bb/m.gguf", "n " + repo + "snapshots/1111111111bb/sub/n.gguf", "old " + repo + "snapshots/0000000000aa/old.gguf",
		"org/repo-gguf@00000000/m " + repo + "snapshots/0000000000aa/m.gguf",
	}, s.names(found))
	s.resolves(found, map[string]string{
		"m": repo + "snapshots/1111111111bb/m.gguf", "Org/Repo-GGUF/m.gguf": repo + "snapshots/1111111111bb/m.gguf", "repo-gguf/sub/n": repo + "snapshots/1111111111bb/sub/n.gguf",
		"Org/Repo-GGUF@0000000000aa/m": repo + "snapshots/0000000000aa/m.gguf", "Org/Repo-GGUF@00000000/m": repo + "snapshots/0000000000aa/m.gguf",
	})
	s.write("models--Else--Repo-GGUF/snapshots/33/m.gguf", "GGUF else")
	s.refuses(s.find("huggingface"), "Repo-GGUF/m", "org/repo-gguf/m", "else/repo-gguf/m")
}

// manifest writes what Ollama keeps of a model.
func (s store) manifest(name, digest string, further ...string) {
	layers := fmt.Sprintf(`{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:%s"}`, digest)
	for _, kind := range further {
		layers += fmt.Sprintf(`,{"mediaType":"application/vnd.ollama.image.%s","digest":"sha256:00"}`, kind)
	}
	s.write("manifests/"+name, `{"layers":[`+layers+`]}`)
}

func TestOllamasNames(t *testing.T) {
	s := newStore(t)
	for _, digest := range []string{"aa", "bb", "cc", "dd"} {
		s.write("blobs/sha256-"+digest, "GGUF "+digest)
	}
	s.manifest("registry.ollama.ai/library/tiny/latest", "aa")
	s.manifest("registry.ollama.ai/library/tiny/8b", "aa", "projector", "template")
	s.manifest("registry.ollama.ai/someone/tiny/latest", "bb")
	s.manifest("hf.co/Org/Tiny-GGUF/Q4_K_M", "cc")
	s.manifest("registry.ollama.ai/library/tuned/latest", "aa", "adapter")
	s.manifest("registry.ollama.ai/library/gone/latest", "ee")
	s.manifest("registry.ollama.ai/library/one/1b", "dd")
	s.write("manifests/registry.ollama.ai/library/.DS_Store", "x")
	found := s.find("ollama")
	assert.Equal(t, []string{
		"gone:latest blobs/sha256-ee", "hf.co/org/tiny-gguf:q4_k_m blobs/sha256-cc", "one:1b blobs/sha256-dd", "someone/tiny:latest blobs/sha256-bb",
		"tiny:8b blobs/sha256-aa", "tiny:latest blobs/sha256-aa", "tuned:latest blobs/sha256-aa",
	}, s.names(found))
	s.resolves(found, map[string]string{
		"tiny": "blobs/sha256-aa", "tiny:latest": "blobs/sha256-aa", "tiny:8b": "blobs/sha256-aa", "library/tiny": "blobs/sha256-aa", "registry.ollama.ai/library/tiny:8b": "blobs/sha256-aa",
		"someone/tiny": "blobs/sha256-bb", "someone/tiny:latest": "blobs/sha256-bb", "registry.ollama.ai/someone/tiny": "blobs/sha256-bb",
		"hf.co/Org/Tiny-GGUF:Q4_K_M": "blobs/sha256-cc", "Org/Tiny-GGUF:Q4_K_M": "blobs/sha256-cc", "tiny-gguf": "blobs/sha256-cc",
		"one": "blobs/sha256-dd", "ONE:1B": "blobs/sha256-dd",
	})
	s.refuses(found, "gone", `model "gone": Ollama's manifest names the file `+s.path("blobs/sha256-ee")+", which is not there", "ollama pull")
	for _, f := range found {
		assert.Equal(t, f.Name == "gone:latest", f.Missing, f.Name)
	}
	s.manifest("registry.ollama.ai/library/gone/1b", "dd")
	s.resolves(s.find("ollama"), map[string]string{"gone:1b": "blobs/sha256-dd"})
	s.refuses(found, "tuned", "adapter", "llama-export-lora", s.path("blobs/sha256-aa"))
}

func TestLinkedFoldersAreSearchedAndLoopsEnd(t *testing.T) {
	s := newStore(t)
	disk := newStore(t)
	disk.write("models/x.gguf", "GGUF x")
	disk.write("more/deep/y.gguf", "GGUF y")
	require.NoError(t, os.Symlink(disk.path("models"), s.path("root")))
	require.NoError(t, os.Symlink(disk.path("more"), disk.path("models/further")))
	require.NoError(t, os.Symlink(disk.path("models"), disk.path("more/deep/back")))
	require.NoError(t, os.Symlink(disk.path("more/deep"), disk.path("more/deep/self")))
	require.NoError(t, os.Symlink(disk.path("nowhere"), disk.path("models/broken.gguf")))
	var got []string
	for _, f := range Models([]Place{{"lm-studio", s.path("root")}}) {
		got = append(got, f.Name)
	}
	assert.Equal(t, []string{"x", "y"}, got)

	s.write("real/z.gguf", "GGUF z")
	s.link("alias", "real")
	s.resolves(s.find("folder"), map[string]string{"real/z": "real/z.gguf"})
}

func TestAFolderOrAnotherFileDoesNotHideAModel(t *testing.T) {
	s := newStore(t)
	s.write("home/smollm2.gguf", "GGUF m")
	s.write("work/smollm2/notes.txt", "x")
	s.write("work/home/smollm2", "notes")
	found := Models([]Place{{"folder", s.path("home")}})
	t.Chdir(s.path("work"))
	s.resolves(found, map[string]string{"smollm2": "home/smollm2.gguf"})
	path, err := Resolve("home/smollm2", found)
	require.NoError(t, err)
	assert.Equal(t, "home/smollm2", path, "whoever reads it says what it is")
	t.Chdir(s.path("work/home"))
	s.resolves(found, map[string]string{"smollm2": "home/smollm2.gguf"})

	// What is written as a file is that file, and no other in its place.
	s.write("work/home/smollm2.gguf", "version https://git-lfs.github.com/spec/v1\n")
	path, err = Resolve("smollm2.gguf", found)
	require.NoError(t, err)
	assert.Equal(t, "smollm2.gguf", path)
}

func TestMistypedNamesAreToldTheNearest(t *testing.T) {
	found := []Found{{Name: "smollm2-135m"}, {Name: "llama3.2:1b"}, {Name: "gemma"}}
	for written, want := range map[string]string{"smolm2-135m": "nearest names: smollm2-135m, ", "lama3.2:1b": "nearest names: llama3.2:1b, ", "fantom": "nearest names: phantom, "} {
		_, err := Resolve(written, found, "phantom")
		require.Error(t, err)
		assert.Contains(t, advice(err), want)
	}
	s := newStore(t)
	s.write("model.gguf", "GGUF")
	s.refuses(nil, s.path("modle.gguf"), "nearest names: "+s.path("model.gguf"))
}

func TestPlacesFollowTheVariablesOfOtherPrograms(t *testing.T) {
	s := newStore(t)
	for _, name := range []string{"CAPTURE_CACHE", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", s.root)
	has := func(source, dir string) {
		t.Helper()
		assert.Contains(t, Places(), Place{source, dir})
	}
	has("ollama", s.path(".ollama/models"))
	has("huggingface", s.path(".cache/huggingface/hub"))
	has("lm-studio", s.path(".lmstudio/models"))
	s.write(".lmstudio/settings.json", `{"downloadsFolder": "/disk/models"}`)
	has("lm-studio", "/disk/models")
	t.Setenv("XDG_CACHE_HOME", "/x")
	has("huggingface", "/x/huggingface/hub")
	t.Setenv("HF_HOME", "~/hf")
	has("huggingface", s.path("hf/hub"))
	t.Setenv("HUGGINGFACE_HUB_CACHE", "/older")
	has("huggingface", "/older")
	t.Setenv("HF_HUB_CACHE", "/hub")
	has("huggingface", "/hub")
	t.Setenv("OLLAMA_MODELS", "/o")
	has("ollama", "/o")
	t.Setenv("LLAMA_CACHE", "/l")
	has("llama.cpp", "/l")
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

	found := Models([]Place{{"huggingface", filepath.Join(root, "hf")}, {"lm-studio", filepath.Join(root, "lm")},
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
