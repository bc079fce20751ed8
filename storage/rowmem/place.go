package rowmem

import (
	"fmt"
	"unsafe"

	"github.com/x448/float16"

	"intentprobe/storage/arrowfile"
)

// Place is where the activations of one row go: pinned memory, whose address may be given
// to C. Its owner lends it. Column c of the row is at
//
//	Base + Capacity*offset(c) + Row*size(c)
//
// where size(c) is the bytes of one row in that column and offset(c) the sum of
// the sizes of the columns before it. Float16 values are stored as their bits,
// all in the byte order of the machine, which is little-endian.
type Place struct {
	Base          unsafe.Pointer
	Capacity, Row int // rows that the memory at Base is made for, and which of them this is
}

// Bytes views a row of column c.
func (l *Layout) Bytes(p Place, c int) []byte {
	size := l.Columns[c].RowBytes()
	return unsafe.Slice((*byte)(unsafe.Add(p.Base, p.Capacity*l.offset[c]+p.Row*size)), size)
}

// Copy copies the activations of a row.
func (l *Layout) Copy(to, from Place) {
	for c := range l.Columns {
		copy(l.Bytes(to, c), l.Bytes(from, c))
	}
}

// Floats views a row of a Float32 column, in row-major order of its shape. Panics if
// column c holds something else, as do Halves and Ints.
func (l *Layout) Floats(p Place, c int) []float32 { return view[float32](l, c, p, arrowfile.Float32) }

// Halves is like Floats for a Float16 column: the bits of its values.
func (l *Layout) Halves(p Place, c int) []uint16 { return view[uint16](l, c, p, arrowfile.Float16) }

// Ints is like Floats for an Int32 column.
func (l *Layout) Ints(p Place, c int) []int32 { return view[int32](l, c, p, arrowfile.Int32) }

// AppendFloats appends a row of a Float32 or Float16 column to values.
func (l *Layout) AppendFloats(values []float32, p Place, c int) []float32 {
	if l.Columns[c].DType == arrowfile.Float32 {
		return append(values, l.Floats(p, c)...)
	}
	for _, bits := range l.Halves(p, c) {
		values = append(values, float16.Frombits(bits).Float32())
	}
	return values
}

// view views a row of column c as elements, which are of the given type.
func view[T any](l *Layout, c int, p Place, dtype arrowfile.DType) []T {
	if have := l.Columns[c].DType; have != dtype {
		panic(fmt.Sprintf("rowmem: column %q holds %s, not %s", l.Columns[c].Name, have, dtype))
	}
	b := l.Bytes(p, c)
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), l.Columns[c].Elements())
}
