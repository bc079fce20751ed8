package find

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/models/cache"
)

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
	below := func(names ...string) string { return filepath.Join(append([]string{home}, names...)...) }
	// given is the folder that the first of these variables names, if one does.
	given := func(otherwise string, variables ...string) string {
		for _, name := range variables {
			if dir := os.Getenv(name); dir != "" {
				if rest, ok := strings.CutPrefix(dir, "~/"); ok { // as Hugging Face's library reads it
					return below(rest)
				}
				return dir
			}
		}
		return otherwise
	}
	hub := filepath.Join(given(filepath.Join(given(below(".cache"), "XDG_CACHE_HOME"), "huggingface"), "HF_HOME"), "hub")
	var out []Place
	if dir, err := cache.Dir(); err == nil {
		out = append(out, Place{"capture", filepath.Join(dir, "models")})
	}
	out = append(out,
		Place{"ollama", given(below(".ollama", "models"), "OLLAMA_MODELS")},
		Place{"ollama", "/usr/share/ollama/.ollama/models"},
		Place{"lm-studio", below(".lmstudio", "models")},
		Place{"lm-studio", below(".cache", "lm-studio", "models")})
	for _, settings := range []string{below(".lmstudio", "settings.json"), below(".cache", "lm-studio", "settings.json")} {
		if dir := downloadsFolder(settings); dir != "" {
			out = append(out, Place{"lm-studio", dir})
		}
	}
	out = append(out,
		Place{"huggingface", given(hub, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")})
	if dir, err := os.UserCacheDir(); err == nil {
		out = append(out, Place{"llama.cpp", given(filepath.Join(dir, "llama.cpp"), "LLAMA_CACHE")})
	}
	return out
}

// downloadsFolder gives the folder that LM Studio was told to keep models in; empty
// where that is its own.
func downloadsFolder(settings string) string {
	text, err := os.ReadFile(settings)
	if err != nil {
		return ""
	}
	var s struct{ DownloadsFolder string }
	if json.Unmarshal(text, &s) != nil {
		return ""
	}
	return s.DownloadsFolder
}
