package export

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/rundir"
	"intentprobe/storage/safetensors"
)

// safetensorsTypes are the format's names of the element types. Phase and role
// are there as codes.
var safetensorsTypes = map[arrow.Type]string{
	arrow.FLOAT16: "F16", arrow.FLOAT32: "F32", arrow.FLOAT64: "F64",
	arrow.INT32: "I32", arrow.INT64: "I64", arrow.BOOL: "BOOL", arrow.DICTIONARY: "I8",
}

// safetensors writes the columns of numbers, those of wide elements first, so
// that every tensor is aligned.
func (e *export) safetensors() ([]rundir.FileInfo, error) {
	var tensors []exportColumn
	var left []string
	for _, f := range e.columns() {
		if f.kind == arrow.DICTIONARY {
			f.size = 1
		}
		if safetensorsTypes[f.kind] == "" {
			left = append(left, f.name)
			continue
		}
		tensors = append(tensors, f)
	}
	tensors = widestFirst(tensors)
	header, err := e.safetensorsHeader(tensors, left)
	if err != nil {
		return nil, err
	}
	return e.file(func(w io.Writer) error {
		if _, err := w.Write(header); err != nil {
			return err
		}
		for _, f := range tensors {
			if err := f.write(w); err != nil {
				return err
			}
		}
		return nil
	})
}

func widestFirst(tensors []exportColumn) (out []exportColumn) {
	for _, size := range []int{8, 4, 2, 1} {
		for _, f := range tensors {
			if f.size == size {
				out = append(out, f)
			}
		}
	}
	return out
}

// safetensorsHeader is what goes before the tensors.
func (e *export) safetensorsHeader(tensors []exportColumn, left []string) ([]byte, error) {
	manifest, err := e.manifestText()
	if err != nil {
		return nil, err
	}
	meta := map[string]string{
		"capture.format": fmt.Sprint(e.manifest.FormatVersion), "phase": string(rundir.PlainJSON(rundir.Phases)), "role": string(rundir.PlainJSON(rundir.NamesIn(e.manifest.FormatVersion, "role"))),
		"left_out": string(rundir.PlainJSON(left)), "capture.manifest": manifest,
	}
	if partial := e.partial(); partial != "" {
		meta["capture.partial"] = partial
	}
	if where := e.where(); where != "" {
		meta["capture.where"] = where
	}
	header := map[string]safetensors.Info{}
	at := int64(0)
	for _, f := range tensors {
		header[f.name] = safetensors.Info{DType: safetensorsTypes[f.kind], Shape: f.shape, Offsets: [2]int64{at, at + f.bytes()}}
		at += f.bytes()
	}
	return safetensors.Header(meta, header)
}
