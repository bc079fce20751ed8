package export

import (
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Formats are the formats that Write writes.
var Formats = []string{"parquet", "npz", "safetensors"}

// Config says what to write of a run, and where.
type Config struct {
	Format    string                    // one of Formats
	Out       string                    // a folder for parquet, a file for the others; empty is what Path gives
	Columns   []string                  // globs over the names of activation columns; none takes all
	Overwrite bool                      // replace files of an earlier export
	Tensors   bool                      // parquet: activations as Arrow's tensors, not as plain lists
	Partial   bool                      // write what is there of a run that is not finished
	Where     []string                  // conditions that Keep stands for, as the export says them
	Keep      func(*rundir.Sample) bool // which samples are written, with their rows; nil: all
	FS        disk.FS                   // nil is disk.OS{}
}

// Result says what an export wrote.
type Result struct {
	Format  string            `json:"format"`
	Out     string            `json:"out"`
	Rows    int64             `json:"rows"`
	Samples int64             `json:"samples"`
	Partial string            `json:"partial,omitempty"` // of a run that is not finished: "8 of 24 samples"
	Where   []string          `json:"where,omitempty"`   // conditions on the samples
	Columns []string          `json:"columns"`           // of activations
	Files   []rundir.FileInfo `json:"files"`
}
