package find

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// findOllama reads Ollama's store: manifests/HOST/NAMESPACE/NAME/TAG are JSON
// and name the blob that holds the GGUF.
func findOllama(p Place) (out []Found) {
	root := filepath.Join(p.Dir, "manifests")
	walk(root, func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			return
		}
		var manifest struct {
			Layers []struct{ MediaType, Digest string }
		}
		if json.Unmarshal(text, &manifest) != nil {
			return
		}
		rel, _ := filepath.Rel(root, path)
		parts := strings.Split(filepath.ToSlash(rel), "/")
		if len(parts) < 3 {
			return
		}
		f := Found{Source: p.Source, names: ollamaNames(parts)}
		for _, l := range manifest.Layers {
			switch l.MediaType {
			case "application/vnd.ollama.image.model":
				blob := filepath.Join(p.Dir, "blobs", filepath.Base(strings.Replace(l.Digest, ":", "-", 1)))
				f.Path, f.Missing = blob, true
				if info, err := os.Stat(blob); err == nil {
					f.Bytes, f.info, f.Missing = info.Size(), info, false
				}
			case "application/vnd.ollama.image.adapter":
				f.Adapter = true
			}
		}
		if f.Path != "" {
			out = append(out, f)
		}
	})
	return out
}

// ollamaNames gives the names of a model by where its manifest lies: as `ollama
// list` prints it, without a host that is Ollama's own and without the namespace
// library, and the longer forms. The tag latest may be left out.
func ollamaNames(parts []string) (out []string) {
	n := len(parts)
	forms := suffixes(plainName(strings.Join(parts[:n-1], "/") + ":" + parts[n-1])) // NAME:TAG, NAMESPACE/NAME:TAG, HOST/...
	first := len(forms) - 1
	switch {
	case parts[n-3] == "library":
		first = 0
	case n > 3 && parts[n-4] == "registry.ollama.ai" || n == 3:
		first = 1
	}
	out = slices.Clone(forms[first:])
	for _, name := range forms[first:] {
		if short, ok := strings.CutSuffix(name, ":latest"); ok {
			out = append(out, short)
		}
	}
	return out
}
