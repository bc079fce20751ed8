package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a house may measure at most.
const (
	mostFiles  = 30  // product files of a package
	mostLines  = 400 // of a file, tests too
	mostMedian = 170 // lines of the median product file of the whole module
	mostBackUp = 10  // in a hundred ties of a package
	fewTies    = 20  // a package with so many or fewer may have any of them run back up
)

// A rule is what a fault breaks, as exceptions name it.
type rule string

const (
	filesRule  rule = "files"
	linesRule  rule = "lines"
	medianRule rule = "median"
	tiesRule   rule = "ties"
)

// place is where a rule is broken: a package, a file, or "all" for the module.
type place struct {
	path string
	rule rule
}

// exceptions are the faults that are known, each with a word why. One that is no longer
// needed is a fault itself.
var exceptions = map[place]string{
	{"cmd/capture", filesRule}: "one file a command",
	{"storage", tiesRule}:      "packages are being taken out of it",
}

// check measures the module under a folder and says what breaks a rule where.
func check(root string, exceptions map[place]string) ([]string, error) {
	found, err := faults(root)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range slices.SortedFunc(maps.Keys(found), byName) {
		if _, known := exceptions[p]; !known {
			out = append(out, fmt.Sprintf("%s: %s", p.path, found[p]))
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(exceptions), byName) {
		if _, needed := found[p]; !needed {
			out = append(out, fmt.Sprintf("%s: the exception for %s (%s) is no longer needed: remove it", p.path, p.rule, exceptions[p]))
		}
	}
	return out, nil
}

func byName(a, b place) int {
	return strings.Compare(a.path+" "+string(a.rule), b.path+" "+string(b.rule))
}

// faults gives what is too large, in words, whether an exception stands for it or not.
func faults(root string) (map[place]string, error) {
	out := map[place]string{}
	dirs, err := packages(root)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, dir := range dirs {
		h, err := measure(dir)
		if err != nil {
			return nil, err
		}
		name, err := within(root, dir)
		if err != nil {
			return nil, err
		}
		all = append(all, h.lines...)
		if n := len(h.files); n > mostFiles {
			out[place{name, filesRule}] = fmt.Sprintf("%d product files, more than %d: make a package of what stands by itself", n, mostFiles)
		}
		if n, up := len(h.ties), len(h.backUp()); n > fewTies && up*100 > n*mostBackUp {
			out[place{name, tiesRule}] = fmt.Sprintf("%d of %d ties run back up, more than %d in a hundred: `go run ./scripts/house %s` names them", up, n, mostBackUp, name)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no packages in %s", root)
	}
	if m := median(all); m > mostMedian {
		out[place{"all", medianRule}] = fmt.Sprintf("the median file has %d lines, more than %d", m, mostMedian)
	}
	return out, longFiles(root, out)
}

// longFiles adds the files that are too long, tests and those of other systems among them.
func longFiles(root string, out map[place]string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root && skipped(e.Name()) {
			return fs.SkipDir
		}
		if e.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := within(root, path)
		if n := strings.Count(string(text), "\n"); n > mostLines {
			out[place{name, linesRule}] = fmt.Sprintf("%d lines, more than %d: split it by concept", n, mostLines)
		}
		return err
	})
}

// within names a path from the root of the module, with slashes.
func within(root, path string) (string, error) {
	name, err := filepath.Rel(root, path)
	return filepath.ToSlash(name), err
}
