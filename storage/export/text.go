package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"intentprobe/storage/rundir"
)

// textOf gives a value as text: a list as JSON, a null as the empty text.
func textOf(a arrow.Array, i int) (string, error) {
	switch a := a.(type) {
	case *array.String:
		if a.IsNull(i) {
			return "", nil
		}
		return a.Value(i), nil
	case *array.Dictionary:
		return a.Dictionary().(*array.String).Value(a.GetValueIndex(i)), nil
	case *array.List:
		items := []any{}
		for from, to := a.ValueOffsets(i); from < to; from++ {
			items = append(items, a.ListValues().GetOneForMarshal(int(from)))
		}
		return string(rundir.PlainJSON(items)), nil
	}
	return "", fmt.Errorf("%s is no text", a.DataType())
}

// eachText calls fn on the values of a column of text.
func (f exportColumn) eachText(fn func(string) error) error {
	return f.table.each(f.column, f.table.all(), func(a arrow.Array) error {
		for i := range a.Len() {
			s, err := textOf(a, i)
			if err == nil {
				err = fn(s)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// textWidth is how many characters the longest text has; at least 1, since
// numpy knows no text of none.
func (f exportColumn) textWidth() (int, error) {
	width := 1
	err := f.eachText(func(s string) error {
		width = max(width, runes(s))
		return nil
	})
	return width, err
}

// writeText writes a column of text as numpy does: four bytes a character, each
// value padded with zeros to the width.
func (f exportColumn) writeText(w io.Writer, width int) error {
	var cell []byte
	return f.eachText(func(s string) error {
		cell = utf32(cell[:0], s, width)
		_, err := w.Write(cell)
		return err
	})
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// utf32 appends a text in UTF-32, little-endian, padded to a width.
func utf32(to []byte, s string, width int) []byte {
	end := len(to) + 4*width
	for _, r := range s {
		to = binary.LittleEndian.AppendUint32(to, uint32(r))
	}
	return append(to, make([]byte, end-len(to))...)
}
