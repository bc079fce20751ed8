package find

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Found is a GGUF file on this machine, under one of its names.
type Found struct {
	Name   string `json:"name"` // the shortest that stands for no other file
	Source string `json:"source"`
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`

	// Missing says that Ollama's manifest names this file, and it is not there.
	Missing bool `json:"missing,omitempty"`

	// Adapter says that Ollama puts an adapter on it: what runs there is another model.
	Adapter bool `json:"adapter,omitempty"`

	names []string // that stand for it, each as plainName makes it, the shortest first
	info  os.FileInfo
}

// calls says whether a name, as plainName makes it, is one of the file's.
func (f *Found) calls(name string) bool { return f.Name == name || slices.Contains(f.names, name) }

// is says whether two names are of one file, by whatever links.
func (f *Found) is(o *Found) bool {
	return f.Path != "" && f.Path == o.Path || f.info != nil && o.info != nil && os.SameFile(f.info, o.info)
}

// plainName is a name as names are compared: in small letters, without .gguf.
func plainName(name string) string {
	return strings.TrimSuffix(strings.ToLower(filepath.ToSlash(name)), ".gguf")
}

// suffixes gives a path's last element, that with the folder around it, and so on.
func suffixes(name string) (out []string) {
	for rest, tail := path.Clean(name), ""; rest != "." && rest != "/"; rest = path.Dir(rest) {
		tail = path.Join(path.Base(rest), tail)
		out = append(out, tail)
	}
	return out
}
