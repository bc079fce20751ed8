package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"intentprobe/storage/arrowfile"
)

// exportColumn is a column as formats of plain arrays see it.
type exportColumn struct {
	name   string // as it is in the export
	table  *exportTable
	column int
	kind   arrow.Type
	size   int   // bytes of one element
	shape  []int // of the whole column, rows first
}

// columns are the chosen columns of both tables; those of the samples are prefixed.
func (e *export) columns() (out []exportColumn) {
	for _, t := range []*exportTable{e.activations, e.samples} {
		for _, c := range t.chosen {
			field := t.schema.Field(c)
			f := exportColumn{name: field.Name, table: t, column: c, kind: field.Type.ID(), shape: []int{int(t.rows)}}
			if t == e.samples {
				f.name = "samples." + f.name
			}
			elem := field.Type
			if shape, ok := arrowfile.ShapeOf(field); ok {
				elem = elem.(*arrow.FixedSizeListType).Elem()
				f.kind, f.shape = elem.ID(), append(f.shape, shape...)
			}
			if fixed, ok := elem.(arrow.FixedWidthDataType); ok {
				f.size = max(1, fixed.BitWidth()/8)
			}
			out = append(out, f)
		}
	}
	return out
}

// bytes is the size of the column.
func (f exportColumn) bytes() int64 { return int64(arrowfile.Elements(f.shape)) * int64(f.size) }

// write writes the numbers of the column; of a dictionary, the codes.
func (f exportColumn) write(w io.Writer) error {
	return f.table.each(f.column, f.table.all(), func(a arrow.Array) error { return writeNumbers(w, a) })
}

// writeNumbers writes the values of a piece, little-endian. A null is NaN, or -1
// among integers.
func writeNumbers(w io.Writer, a arrow.Array) error {
	switch a := a.(type) {
	case *array.FixedSizeList:
		return writeTensors(w, a)
	case *array.Dictionary:
		return writeNumbers(w, a.Indices())
	case *array.Boolean:
		out := make([]byte, a.Len())
		for i := range out {
			if a.Value(i) {
				out[i] = 1
			}
		}
		_, err := w.Write(out)
		return err
	}
	fixed, ok := a.DataType().(arrow.FixedWidthDataType)
	if !ok {
		return fmt.Errorf("%s is no number", a.DataType())
	}
	size := fixed.BitWidth() / 8
	out := a.Data().Buffers()[1].Bytes()[a.Data().Offset()*size:][:a.Len()*size]
	for i := 0; a.NullN() > 0 && i < a.Len(); i++ {
		if a.IsNull(i) {
			putNull(out[i*size:], a.DataType().ID())
		}
	}
	_, err := w.Write(out)
	return err
}

// writeTensors writes the elements of tensors; of one that is null, as many nulls.
func writeTensors(w io.Writer, a *array.FixedSizeList) error {
	from, _ := a.ValueOffsets(0)
	_, to := a.ValueOffsets(a.Len() - 1)
	values := array.NewSlice(a.ListValues(), from, to)
	if a.NullN() == 0 {
		return writeNumbers(w, values)
	}
	n := int(to-from) / a.Len()
	size := values.DataType().(arrow.FixedWidthDataType).BitWidth() / 8
	for i := range a.Len() {
		if a.IsValid(i) {
			if err := writeNumbers(w, array.NewSlice(values, int64(i*n), int64((i+1)*n))); err != nil {
				return err
			}
			continue
		}
		nulls := make([]byte, n*size)
		for at := 0; at < len(nulls); at += size {
			putNull(nulls[at:], values.DataType().ID())
		}
		if _, err := w.Write(nulls); err != nil {
			return err
		}
	}
	return nil
}

// putNull writes what stands for a null. Pieces borrow nothing, so that they may
// be written to.
func putNull(to []byte, kind arrow.Type) {
	switch kind {
	case arrow.FLOAT32:
		binary.LittleEndian.PutUint32(to, math.Float32bits(float32(math.NaN())))
	case arrow.FLOAT64:
		binary.LittleEndian.PutUint64(to, math.Float64bits(math.NaN()))
	case arrow.INT64:
		binary.LittleEndian.PutUint64(to, math.MaxUint64)
	case arrow.INT32:
		binary.LittleEndian.PutUint32(to, math.MaxUint32)
	}
}
