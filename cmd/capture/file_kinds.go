package main

import (
	"bytes"
	"io"
	"os"
	"strings"
)

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
	{"", ".safetensors", "a safetensors file", "`capture vector show FILE` shows directions; open others with the safetensors library", false},
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
