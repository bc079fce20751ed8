package textfile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// EachRow calls take on every row of a .csv or .tsv file, with its cells in the order of
// the header, which check may refuse.
func EachRow(path string, text []byte, check func(header []string) error, take func(place string, cells []string) error) error {
	r := &csvReader{path: path, text: text, comma: ',', line: 1}
	if strings.EqualFold(filepath.Ext(path), ".tsv") {
		r.comma = '\t'
	}
	header, line, _, err := r.next()
	if err != nil {
		return err
	}
	if header == nil {
		return r.wrong(1, "no header line")
	}
	for i, name := range header {
		if len(name) > MaxNameBytes {
			return r.wrong(line, "the name of column %d has %d bytes; at most %d are read", i+1, len(name), MaxNameBytes)
		}
		if first := slices.Index(header, name); first < i {
			return hint.Usage(fmt.Errorf("%s:%d: column %q stands there twice", path, line, name), "give every column a name of its own")
		}
	}
	if err := check(header); err != nil {
		return err
	}
	for {
		cells, line, size, err := r.next()
		if err != nil || cells == nil {
			return err
		}
		place := fmt.Sprintf("%s:%d", path, line)
		if err := CheckLength(place, size, MaxLineBytes); err != nil {
			return err
		}
		if len(cells) != len(header) {
			return r.wrong(line, "%d fields; the header has %d", len(cells), len(header))
		}
		if err := take(place, cells); err != nil {
			return err
		}
	}
}
