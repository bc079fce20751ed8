package find

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Models lists the models in the given places, sorted by source and name. Places that do
// not exist are passed over; a file that several names stand for is listed under each.
func Models(places []Place) []Found {
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
		if found[i].Missing {
			continue // what is there needs no longer name for it
		}
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
		if f.Missing {
			f.Name = f.names[0]
		} else if at := slices.IndexFunc(f.names, func(name string) bool { return !shared[name] }); at >= 0 {
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
