package models

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// Found is a GGUF file on this machine.
type Found struct {
	Name   string `json:"name"` // what --model takes
	Source string `json:"source"`
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
}

// Place is a folder in which models are looked for.
type Place struct {
	Source string `json:"source"` // "ollama", "lm-studio", "huggingface", "llama.cpp", "capture", "folder"
	Dir    string `json:"dir"`
}

// Places lists where this machine may keep models: our own cache, and the stores
// of Ollama, LM Studio, Hugging Face and llama.cpp, each where its own variable
// says or where it is by default.
func Places() []Place {
	home, _ := os.UserHomeDir()
	env := func(name string, otherwise ...string) string {
		if v := os.Getenv(name); v != "" {
			return v
		}
		return filepath.Join(append([]string{home}, otherwise...)...)
	}
	hub := env("HF_HOME", ".cache", "huggingface")
	if v := os.Getenv("XDG_CACHE_HOME"); v != "" && os.Getenv("HF_HOME") == "" {
		hub = filepath.Join(v, "huggingface")
	}
	hub = filepath.Join(hub, "hub")
	if v := os.Getenv("HF_HUB_CACHE"); v != "" {
		hub = v
	}
	var out []Place
	if cache, err := CacheDir(); err == nil {
		out = append(out, Place{"capture", filepath.Join(cache, "models")})
	}
	out = append(out,
		Place{"ollama", env("OLLAMA_MODELS", ".ollama", "models")},
		Place{"ollama", "/usr/share/ollama/.ollama/models"},
		Place{"lm-studio", filepath.Join(home, ".lmstudio", "models")},
		Place{"lm-studio", filepath.Join(home, ".cache", "lm-studio", "models")},
		Place{"huggingface", hub})
	if cache, err := os.UserCacheDir(); err == nil {
		out = append(out, Place{"llama.cpp", env("LLAMA_CACHE", mustRel(home, filepath.Join(cache, "llama.cpp")))})
	}
	return out
}

func mustRel(base, path string) string {
	if rel, err := filepath.Rel(base, path); err == nil {
		return rel
	}
	return path
}

// Find lists the models in the given places, sorted by source and name. Places
// that do not exist are passed over.
func Find(places []Place) []Found {
	var out []Found
	seen := map[string]bool{}
	for _, p := range places {
		list := findFiles
		if p.Source == "ollama" {
			list = findOllama
		}
		for _, f := range list(p) {
			if !seen[f.Path] {
				seen[f.Path] = true
				out = append(out, f)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Source != out[j].Source {
			return out[i].Source < out[j].Source
		}
		return out[i].Name < out[j].Name
	})
	return out
}

var laterSplit = regexp.MustCompile(`-0*([2-9]|[1-9]\d+)-of-\d+\.gguf$`)

// findFiles walks a folder for .gguf files. Later parts of a split model and
// projectors of multimodal ones are no models.
func findFiles(p Place) (out []Found) {
	filepath.WalkDir(p.Dir, func(path string, d fs.DirEntry, err error) error {
		name := strings.ToLower(filepath.Base(path))
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".gguf") || laterSplit.MatchString(name) || strings.Contains(name, "mmproj") {
			return nil
		}
		if info, err := os.Stat(path); err == nil && !info.IsDir() { // through the links of the Hugging Face cache
			out = append(out, Found{strings.TrimSuffix(name, ".gguf"), p.Source, path, info.Size()})
		}
		return nil
	})
	return out
}

// findOllama reads Ollama's store: manifests/HOST/NAMESPACE/NAME/TAG are JSON
// and name the blob that holds the GGUF.
func findOllama(p Place) (out []Found) {
	root := filepath.Join(p.Dir, "manifests")
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		var manifest struct {
			Layers []struct{ MediaType, Digest string }
		}
		if json.Unmarshal(text, &manifest) != nil {
			return nil
		}
		rel, _ := filepath.Rel(root, path)
		parts := strings.Split(filepath.ToSlash(rel), "/")
		if len(parts) < 3 {
			return nil
		}
		name := strings.Join(parts[len(parts)-2:], ":")
		if space := parts[len(parts)-3]; space != "library" {
			name = space + "/" + name
		}
		for _, l := range manifest.Layers {
			if l.MediaType != "application/vnd.ollama.image.model" {
				continue
			}
			blob := filepath.Join(p.Dir, "blobs", filepath.Base(strings.Replace(l.Digest, ":", "-", 1)))
			if info, err := os.Stat(blob); err == nil {
				out = append(out, Found{strings.ToLower(name), p.Source, blob, info.Size()})
			}
		}
		return nil
	})
	return out
}

// Resolve turns what a user wrote into the path of a file: a path that exists,
// or a name of those found (whole, or its beginning up to a '.', '-' or ':' if
// only one model begins so). The error is a *LoadError that lists what is near.
func Resolve(name string, found []Found) (string, error) {
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	want := strings.TrimSuffix(strings.ToLower(name), ".gguf")
	var matches []Found
	for _, f := range found {
		if f.Name == want {
			return f.Path, nil
		}
		if rest, ok := strings.CutPrefix(f.Name, want); ok && want != "" && strings.ContainsAny(rest[:1], ".-:") {
			matches = append(matches, f)
		}
	}
	if len(matches) == 1 {
		return matches[0].Path, nil
	}
	if len(matches) > 1 {
		var names []string
		for _, f := range matches {
			names = append(names, f.Name)
		}
		return "", &LoadError{name, fmt.Sprintf("is the beginning of %d models", len(matches)), "write one of: " + strings.Join(names, ", ")}
	}
	return "", &LoadError{name, "no such file, and no model of that name on this machine", "`capture models` lists the models on this machine; a path to a .gguf file will do too"}
}
