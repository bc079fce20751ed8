package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/storage"
)

// checkRun refuses a path that is no run directory, and says what it is instead and
// what can be done with it.
func checkRun(path string) error {
	info, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return &usageError{fmt.Errorf("%q: no such run", path), "name a run directory"}
	case err != nil:
		return &usageError{err, "name a run directory that can be read"}
	case !info.IsDir():
		return notARunFile(path)
	case storage.IsRun(path):
		return nil
	}
	return notARunFolder(path)
}

// mostEntries is in how many entries of a folder runs are looked for.
const mostEntries = 1000

// notARunFolder names the runs in a folder that is none.
func notARunFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &usageError{err, "name a run directory that can be read"}
	}
	var runs []string
	for _, e := range entries[:min(len(entries), mostEntries)] {
		if path := filepath.Join(dir, e.Name()); storage.IsRun(path) {
			runs = append(runs, path)
		}
	}
	hint := "`capture run` writes run directories"
	_, parquet := os.Stat(filepath.Join(dir, "samples.parquet"))
	switch {
	case len(entries) == 0:
		return &usageError{fmt.Errorf("%s is empty, and no run", dir), hint}
	case len(runs) > 0:
		hint = "runs in it: " + firstOf(runs, 10)
	case parquet == nil:
		hint = "it is an export; name the run that it was made of, or open its files with pyarrow, polars or DuckDB"
	}
	return &usageError{fmt.Errorf("%s is no run: it has no %s and no %s", dir, storage.ManifestName, storage.JournalName), hint}
}

// firstOf lists so many names, and says how many there are beside.
func firstOf(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// A fileKind is a kind of file, by how it begins or by its ending.
type fileKind struct {
	begins, ending string
	what, hint     string
	inspected      bool // by `capture inspect`
}

var fileKinds = []fileKind{
	{"", ".part", "an unfinished file", "readers pass over it; `capture resume` of its run removes it", false},
	{"ARROW1", "", "an Arrow file", "`capture inspect FILE` shows what is in it", true},
	{"PAR1", "", "a Parquet file", "open it with pyarrow, polars or DuckDB", false},
	{"PK\x03\x04", ".npz", "a NumPy archive", "open it with numpy.load", false},
	{"PK\x03\x04", "", "a zip archive", "unpack it, and name the run directory in it", false},
	{"\x1f\x8b", "", "a gzip archive", "unpack it, and name the run directory in it", false},
	{"(\xb5\x2f\xfd", "", "a zstd archive", "unpack it, and name the run directory in it", false},
	{"GGUF", "", "a model", "`capture hooks FILE` shows what can be captured of it", false},
	{"\xff\xff\xff\xff", "", "an Arrow stream, not a file", "rewrite it with pyarrow.ipc.new_file", false},
	{"FEA1", "", "a Feather file of version 1", "rewrite it with pyarrow.feather", false},
	{"", ".arrow", "called as Arrow files are", "`capture inspect FILE` shows what is in it", true},
	{"", ".tar", "a tar archive", "unpack it, and name the run directory in it", false},
	{"", ".safetensors", "a safetensors file", "open it with the safetensors library", false},
	{"", ".npy", "a NumPy array", "open it with numpy.load", false},
	{"", ".yaml", "a spec by its name", "`capture run FILE` runs it", false},
	{"", ".yml", "a spec by its name", "`capture run FILE` runs it", false},
	{"", "", "no file of a run", "name a run directory or an .arrow file", false},
}

// kindOf says what kind of file lies at a path.
func kindOf(path string) fileKind {
	head := make([]byte, 8)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() { // reading a pipe may never end
		return fileKind{what: "no plain file", hint: "name a run directory or an .arrow file"}
	}
	if f, err := os.Open(path); err == nil {
		n, _ := io.ReadFull(f, head)
		head = head[:n]
		f.Close()
	}
	for _, k := range fileKinds {
		if bytes.HasPrefix(head, []byte(k.begins)) && strings.HasSuffix(strings.ToLower(path), k.ending) {
			return k
		}
	}
	return fileKinds[len(fileKinds)-1]
}

// notARunFile says what a file is that was given for a run.
func notARunFile(path string) error {
	if dir := filepath.Dir(path); storage.IsRun(dir) {
		return &usageError{fmt.Errorf("%s is a file in a run, not the run", path), "name the run directory: " + dir}
	}
	k := kindOf(path)
	return &usageError{fmt.Errorf("%s is %s, and no run", path, k.what), strings.ReplaceAll(k.hint, "FILE", path)}
}
