package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// housed writes a package and measures it.
func housed(t *testing.T, files map[string]string) (string, *house) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	h, err := measure(dir)
	require.NoError(t, err)
	return dir, h
}

// named gives ties by the names of their files, with the names that are used.
func (h *house) named() map[string]string {
	out := map[string]string{}
	for t, names := range h.ties {
		out[h.files[t.from]+" > "+h.files[t.to]] = strings.Join(names, " ")
	}
	return out
}

// A writer that uses a row and a file, and a file that uses the writer's default size:
// one tie of five runs back up, whatever the order.
var writing = map[string]string{
	"writer.go": `package p

import "fmt"

const size = 8

type writer struct{ file *file }

func (w *writer) write(r row) error {
	for value := range r.values {
		fmt.Fprintln(w.file, value)
	}
	return w.file.sync()
}
`,
	"row.go": `package p

type row struct{ values []float32 }
`,
	"file.go": `package p

import "os"

type file struct{ *os.File }

func (f *file) sync() error {
	value := make([]byte, size)
	_, err := f.Write(value)
	return err
}
`,
	"use.go": `package p

func use(w *writer) { w.write(row{}) }
`,
	"writer_test.go": `package p

func helper() { use(nil) }
`,
}

func TestTiesAreWhatFilesUseOfEachOther(t *testing.T) {
	_, h := housed(t, writing)
	assert.Equal(t, map[string]string{
		"use.go > writer.go":  "write writer",
		"use.go > row.go":     "row",
		"writer.go > row.go":  "row values",
		"writer.go > file.go": "file sync",
		"file.go > writer.go": "size",
	}, h.named(), "local names and those of other packages are none")
	assert.ElementsMatch(t, []string{"use.go", "writer.go", "row.go", "file.go"}, h.files, "tests are no product files")
	assert.Equal(t, map[string]int{"use.go": 3, "writer.go": 14, "row.go": 3, "file.go": 11}, linesOf(h))
}

func linesOf(h *house) map[string]int {
	out := map[string]int{}
	for i, file := range h.files {
		out[file] = h.lines[i]
	}
	return out
}

func TestATieBackUpIsNamed(t *testing.T) {
	dir, h := housed(t, writing)
	require.Len(t, h.backUp(), 1)
	place := map[string]int{}
	for i, file := range h.order {
		place[h.files[file]] = i
	}
	assert.Equal(t, 0, place["use.go"])
	assert.Less(t, place["writer.go"], place["row.go"])

	var out bytes.Buffer
	require.NoError(t, details(&out, []string{dir}))
	assert.Regexp(t, `back up: (file.go uses writer.go: \[size\]|writer.go uses file.go: \[file sync\])\n$`, out.String())
	assert.Equal(t, 1, strings.Count(out.String(), "back up"))

	out.Reset()
	require.NoError(t, table(&out, []string{dir, dir}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	assert.Equal(t, []string{dir, "4", "31", "11", "14", "5", "1"}, strings.Fields(lines[1]))
	assert.Equal(t, []string{"all", "8", "62", "11", "14", "10", "2"}, strings.Fields(lines[3]))
}

func TestAPackageInLayersHasNoTieBackUp(t *testing.T) {
	files := maps.Clone(writing)
	files["file.go"] = strings.Replace(files["file.go"], "size)", "8)", 1)
	_, h := housed(t, files)
	assert.Len(t, h.ties, 4)
	assert.Empty(t, h.backUp())
}

// The order is not that of names, nor that of the number of ties alone.
func TestOrder(t *testing.T) {
	ties := func(pairs ...[2]int) map[tie][]string {
		out := map[tie][]string{}
		for _, p := range pairs {
			out[tie{p[0], p[1]}] = []string{"x"}
		}
		return out
	}
	for name, c := range map[string]struct {
		n    int
		ties map[tie][]string
		back int
	}{
		"none":                 {3, ties(), 0},
		"a chain from the end": {4, ties([2]int{3, 2}, [2]int{2, 1}, [2]int{1, 0}), 0},
		"a circle":             {3, ties([2]int{0, 1}, [2]int{1, 2}, [2]int{2, 0}), 1},
		"two pairs":            {4, ties([2]int{0, 1}, [2]int{1, 0}, [2]int{2, 3}, [2]int{3, 2}), 2},
		"one that many use, and that uses the first": {4, ties([2]int{0, 3}, [2]int{1, 3}, [2]int{2, 3}, [2]int{3, 0}), 1},
	} {
		h := &house{ties: c.ties, order: order(c.n, c.ties)}
		assert.Equal(t, []int{0, 1, 2, 3}[:c.n], slices.Sorted(slices.Values(h.order)), name)
		assert.Len(t, h.backUp(), c.back, name)
	}
}

func TestPackagesAreFoldersWithProductFiles(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/a.go": "package a\n", "a/b/b.go": "package b\n", "tests/t_test.go": "package tests\n",
		"testdata/x.go": "package x\n", ".git/y.go": "package y\n", "docs/z.md": "z\n",
	} {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	found, err := packages(root)
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(root, "a"), filepath.Join(root, "a", "b")}, found)
	_, err = measure(filepath.Join(root, "docs"))
	assert.Error(t, err)
}
