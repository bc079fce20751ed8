package storage

import (
	"fmt"
	"runtime"
	"unsafe"

	"intentprobe/storage/arrowfile"
)

// Place is where the activations of one row go: pinned memory that the writer
// owns and lends, from Reserve until Add, and whose address may be given to C.
// Column c of the row lies at
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

// bytes views a row of column c.
func (l *layout) bytes(p Place, c int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(p.Base, p.Capacity*l.offset[c]+p.Row*l.size[c])), l.size[c])
}

// copy copies the activations of a row.
func (l *layout) copy(to, from Place) {
	for c := range l.columns {
		copy(l.bytes(to, c), l.bytes(from, c))
	}
}

// view views a row of column c as elements, which are of the given type.
func view[T any](l *layout, c int, p Place, dtype arrowfile.DType) []T {
	if have := l.columns[c].DType; have != dtype {
		panic(fmt.Sprintf("storage: column %q holds %s, not %s", l.columns[c].Name, have, dtype))
	}
	b := l.bytes(p, c)
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), l.columns[c].Elements())
}

// Floats views the place's row of a Float32 column, in row-major order of its
// shape. Valid from Reserve until Add, like the place. Panics if column c holds
// something else.
func (w *Writer) Floats(c int, p Place) []float32 {
	return view[float32](w.layout, c, p, arrowfile.Float32)
}

// Halves is like Floats for a Float16 column: the bits of its values.
func (w *Writer) Halves(c int, p Place) []uint16 {
	return view[uint16](w.layout, c, p, arrowfile.Float16)
}

// Ints is like Floats for an Int32 column.
func (w *Writer) Ints(c int, p Place) []int32 { return view[int32](w.layout, c, p, arrowfile.Int32) }

// slab is memory for rows, pinned for as long as the slab is reachable.
type slab struct {
	base     unsafe.Pointer
	capacity int // rows; even, so that floats after an odd number of halves are aligned
}

func newSlab(l *layout, rows int) *slab {
	capacity := rows + rows&1
	memory := make([]byte, max(1, capacity*l.row))
	pinner := new(runtime.Pinner)
	pinner.Pin(&memory[0])
	s := &slab{base: unsafe.Pointer(&memory[0]), capacity: capacity}
	runtime.AddCleanup(s, (*runtime.Pinner).Unpin, pinner)
	return s
}

func (s *slab) place(row int) Place { return Place{Base: s.base, Capacity: s.capacity, Row: row} }

// column views the first rows of column c, one after another.
func (s *slab) column(l *layout, c, rows int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(s.base, s.capacity*l.offset[c])), rows*l.size[c])
}
