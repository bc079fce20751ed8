package find

import (
	"os"
	"path/filepath"
)

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
