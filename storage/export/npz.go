package export

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/rundir"
)

// npyTypes are numpy's names of the element types, all little-endian.
var npyTypes = map[arrow.Type]string{
	arrow.FLOAT16: "<f2", arrow.FLOAT32: "<f4", arrow.FLOAT64: "<f8",
	arrow.INT32: "<i4", arrow.INT64: "<i8", arrow.BOOL: "|b1",
}

// npz writes a zip file of one array a column. Numbers are stored as they are;
// text, which numpy pads to the longest, is compressed.
func (e *export) npz() ([]rundir.FileInfo, error) {
	manifest, err := e.manifestText()
	if err != nil {
		return nil, err
	}
	return e.file(func(out io.Writer) error {
		z := zip.NewWriter(out)
		for _, f := range e.columns() {
			if err := f.npy(z); err != nil {
				return err
			}
		}
		if err := npyText(z, "manifest", manifest); err != nil {
			return err
		}
		if partial := e.partial(); partial != "" {
			if err := npyText(z, "partial", partial); err != nil {
				return err
			}
		}
		if where := e.where(); where != "" {
			if err := npyText(z, "where", where); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// npyText writes an array of no dimensions: one text.
func npyText(z *zip.Writer, name, text string) error {
	width := runes(text)
	w, err := npyEntry(z, name, fmt.Sprintf("<U%d", width), nil, zip.Deflate)
	if err == nil {
		_, err = w.Write(utf32(nil, text, width))
	}
	return err
}

// npy writes a column as one array.
func (f exportColumn) npy(z *zip.Writer) error {
	if descr, ok := npyTypes[f.kind]; ok {
		w, err := npyEntry(z, f.name, descr, f.shape, zip.Store)
		if err != nil {
			return err
		}
		return f.write(w)
	}
	width, err := f.textWidth()
	if err != nil {
		return err
	}
	w, err := npyEntry(z, f.name, fmt.Sprintf("<U%d", width), f.shape, zip.Deflate)
	if err != nil {
		return err
	}
	return f.writeText(w, width)
}

// npyEntry begins an array. The header is that of numpy's format version 1.0: a
// Python literal, padded so that the data begins at a multiple of 64 bytes.
func npyEntry(z *zip.Writer, name, descr string, shape []int, method uint16) (io.Writer, error) {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
	if err != nil {
		return nil, err
	}
	const magic = "\x93NUMPY\x01\x00"
	var sizes strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&sizes, "%d, ", n)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.TrimSuffix(sizes.String(), " "))
	used := len(magic) + 2 + len(text) + 1
	text += strings.Repeat(" ", (64-used%64)%64) + "\n"
	head := binary.LittleEndian.AppendUint16([]byte(magic), uint16(len(text)))
	_, err = w.Write(append(head, text...))
	return w, err
}
