package models

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Found is a GGUF file on this machine, under one of its names.
type Found struct {
	Name   string `json:"name"` // what --model takes: the shortest that stands for no other file
	Source string `json:"source"`
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`

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

// Find lists the models in the given places, sorted by source and name. Places
// that do not exist are passed over; a file that several names stand for is there
// under each.
func Find(places []Place) []Found {
	var out []Found
	for _, p := range places {
		for _, f := range append(findFiles(p), findOllama(p)...) {
			at := slices.IndexFunc(out, func(o Found) bool { return o.is(&f) && o.Adapter == f.Adapter && o.calls(f.names[0]) })
			if at < 0 {
				out = append(out, f)
			} else {
				out[at].names = append(out[at].names, f.names...)
			}
		}
	}
	nameApart(out)
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Source != out[j].Source {
			return out[i].Source < out[j].Source
		}
		return out[i].Name < out[j].Name
	})
	return out
}

// nameApart gives each file the shortest of its names that stands for no other
// file, its path where there is none.
func nameApart(found []Found) {
	first := map[string]*Found{} // that a name stands for
	shared := map[string]bool{}  // names of several files
	for i := range found {
		for _, name := range found[i].names {
			if other, ok := first[name]; ok && !other.is(&found[i]) {
				shared[name] = true
			}
			first[name] = &found[i]
		}
	}
	for i := range found {
		f := &found[i]
		f.Name = f.Path
		if at := slices.IndexFunc(f.names, func(name string) bool { return !shared[name] }); at >= 0 {
			f.Name = f.names[at]
		}
	}
}

var laterSplit = regexp.MustCompile(`-0*([2-9]|[1-9]\d+)-of-\d+\.gguf$`)

// findFiles looks for .gguf files below a folder. Later parts of a split model are
// no models. A file is named by itself, and by the folders that it lies in.
func findFiles(p Place) (out []Found) {
	snapshots := snapshots{}
	walk(p.Dir, func(file string) {
		base := strings.ToLower(filepath.Base(file))
		if !strings.HasSuffix(base, ".gguf") || laterSplit.MatchString(base) {
			return
		}
		info, err := os.Stat(file)
		rel, rerr := filepath.Rel(p.Dir, file)
		if err != nil || rerr != nil || !info.Mode().IsRegular() {
			return
		}
		f := Found{Source: p.Source, Path: file, Bytes: info.Size(), info: info}
		if !snapshots.add(p.Dir, filepath.ToSlash(rel), f) {
			f.names = suffixes(plainName(rel))
			out = append(out, f)
		}
	})
	return append(out, snapshots.chosen()...)
}

// suffixes gives a path's last element, that with the folder around it, and so on.
func suffixes(name string) (out []string) {
	for rest, tail := path.Clean(name), ""; rest != "." && rest != "/"; rest = path.Dir(rest) {
		tail = path.Join(path.Base(rest), tail)
		out = append(out, tail)
	}
	return out
}

// walk visits the files below a folder, also through links. A folder is read once,
// whatever leads to it, so that loops of links end; what lies there itself comes
// before what is linked to.
func walk(dir string, visit func(file string)) {
	read := map[string]bool{} // by their own paths
	var links []string
	var below func(dir string)
	below = func(dir string) {
		own, err := filepath.EvalSymlinks(dir)
		if err != nil || read[own] {
			return
		}
		read[own] = true
		entries, _ := os.ReadDir(dir) // what can be read of it
		for _, e := range entries {
			at := filepath.Join(dir, e.Name())
			switch {
			case e.IsDir():
				below(at)
			case e.Type()&os.ModeSymlink == 0:
				visit(at)
			default:
				if info, err := os.Stat(at); err == nil && info.IsDir() {
					links = append(links, at)
				} else if err == nil {
					visit(at)
				}
			}
		}
	}
	for below(dir); len(links) > 0; {
		at := links[0]
		links = links[1:]
		below(at)
	}
}
