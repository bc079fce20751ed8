package rundir

import (
	"path/filepath"

	"intentprobe/storage/disk"
)

// FileInfo is one finished file.
type FileInfo struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`

	// Overflows counts, by hook, the finite values of an activations file that became
	// infinite as float16; absent where there were none.
	Overflows []int64 `json:"float16_overflows,omitempty"`
}

// NewFileInfo describes a file that was written: its rows, and its size and sha256.
func NewFileInfo(path string, rows int64, sum disk.Sum) FileInfo {
	return FileInfo{Name: filepath.Base(path), Rows: rows, Bytes: sum.Bytes, SHA256: sum.SHA256}
}
