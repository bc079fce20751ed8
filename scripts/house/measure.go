package main

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// house is a package as it lies on the disk.
type house struct {
	files []string
	lines []int
	ties  map[tie][]string // with the names that are used
	order []int            // of files, a file before those that it uses
}

// tie says that one file uses what another declares.
type tie struct{ from, to int }

// packages gives the folders that hold product files.
func packages(root string) (out []string, err error) {
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if path != root && skipped(e.Name()) {
			return fs.SkipDir
		}
		if p, err := build.ImportDir(path, 0); err == nil && len(p.GoFiles)+len(p.CgoFiles) > 0 {
			out = append(out, path)
		}
		return nil
	})
	return out, err
}

// skipped says of a folder that it holds none of the module's packages.
func skipped(name string) bool { return strings.HasPrefix(name, ".") || name == "testdata" }

// measure reads the product files of a package that are built on this system.
func measure(dir string) (*house, error) {
	p, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	h, set, parsed := &house{files: slices.Concat(p.GoFiles, p.CgoFiles), ties: map[tie][]string{}}, token.NewFileSet(), []*ast.File(nil)
	for _, name := range h.files {
		path := filepath.Join(dir, name)
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
		h.lines = append(h.lines, strings.Count(string(text), "\n"))
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	// Other packages are left out: what stays unknown of them says nothing of these files.
	config := types.Config{Importer: standard{importer.ForCompiler(set, "source", nil)}, FakeImportC: true, Error: func(error) {}}
	checked, _ := config.Check(dir, set, parsed, info)
	at := map[string]int{}
	for i, name := range h.files {
		at[name] = i
	}
	for id, used := range info.Uses {
		if used.Pkg() != checked || !isShared(used, checked) {
			continue
		}
		from, to := at[filepath.Base(set.Position(id.Pos()).Filename)], at[filepath.Base(set.Position(used.Pos()).Filename)]
		if t := (tie{from, to}); from != to && !slices.Contains(h.ties[t], used.Name()) {
			h.ties[t] = append(h.ties[t], used.Name())
		}
	}
	for _, names := range h.ties {
		slices.Sort(names)
	}
	h.order = order(len(h.files), h.ties)
	return h, nil
}

// isShared says whether a name can be used outside its file: it is declared at the top
// of a package, or is a method or a field.
func isShared(o types.Object, p *types.Package) bool {
	switch o := o.(type) {
	case *types.Var:
		return o.IsField() || o.Parent() == p.Scope()
	case *types.Func:
		return true
	}
	return o.Parent() == p.Scope()
}

// standard imports Go's own packages alone.
type standard struct{ types.Importer }

func (s standard) Import(path string) (*types.Package, error) {
	if strings.Contains(strings.SplitN(path, "/", 2)[0], ".") || strings.HasPrefix(path, "intentprobe/") {
		p := types.NewPackage(path, filepath.Base(path))
		p.MarkComplete()
		return p, nil
	}
	return s.Importer.Import(path)
}

// backUp gives the ties that run against the order.
func (h *house) backUp() (out []tie) {
	place := make([]int, len(h.order))
	for i, file := range h.order {
		place[file] = i
	}
	for t := range h.ties {
		if place[t.from] > place[t.to] {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b tie) int {
		return (place[a.from]-place[b.from])*len(place) + place[a.to] - place[b.to]
	})
	return out
}

// order puts files in an order in which few ties run back up: that of fewest cannot be
// had in reasonable time (the feedback arc set problem). It begins with the files that
// use most and are used least (Eades, Lin and Smyth 1993), and moves one file at a time
// as long as that helps.
func order(n int, ties map[tie][]string) []int {
	uses := make([][]bool, n)
	for i := range uses {
		uses[i] = make([]bool, n)
	}
	degree := make([]int, n)
	for t := range ties {
		uses[t.from][t.to] = true
		degree[t.from]++
		degree[t.to]--
	}
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return degree[b] - degree[a] })
	for moved := true; moved; {
		moved = false
		for i := 0; i < n; i++ {
			best, gain, sum := i, 0, 0
			file := out[i]
			for j := i - 1; j >= 0; j-- { // before out[j]
				sum += cost(uses, file, out[j]) - cost(uses, out[j], file)
				if sum > gain {
					best, gain = j, sum
				}
			}
			sum = 0
			for j := i + 1; j < n; j++ { // after out[j]
				sum += cost(uses, out[j], file) - cost(uses, file, out[j])
				if sum > gain {
					best, gain = j, sum
				}
			}
			if best != i {
				out = slices.Insert(slices.Delete(out, i, i+1), best, file)
				moved = true
			}
		}
	}
	return out
}

// cost is 1 where the first file uses the second.
func cost(uses [][]bool, first, second int) int {
	if uses[first][second] {
		return 1
	}
	return 0
}
