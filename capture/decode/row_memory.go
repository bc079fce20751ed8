package decode

import (
	"runtime"
	"unsafe"

	"github.com/x448/float16"

	"intentprobe/models"
	"intentprobe/storage/arrowfile"
)

// rowLayout says where the columns of a row lie in memory that the engine fills: as
// models.Target says, one column after another, and within a column row after row.
type rowLayout struct {
	columns []arrowfile.Column
	offset  []int // sum of the bytes of a row in the columns before
	bytes   int   // of a whole row
}

func newRowLayout(columns []arrowfile.Column) *rowLayout {
	l := &rowLayout{columns: columns}
	for _, c := range columns {
		l.offset = append(l.offset, l.bytes)
		l.bytes += c.RowBytes()
	}
	return l
}

// column views column c of a row.
func (l *rowLayout) column(t models.Target, c int) []byte {
	size := l.columns[c].RowBytes()
	return unsafe.Slice((*byte)(unsafe.Add(t.Base, t.Capacity*l.offset[c]+t.Row*size)), size)
}

// floats views a row of a column of float32.
func (l *rowLayout) floats(t models.Target, c int) []float32 {
	b := l.column(t, c)
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/4)
}

// ints views a row of a column of int32.
func (l *rowLayout) ints(t models.Target, c int) []int32 {
	b := l.column(t, c)
	return unsafe.Slice((*int32)(unsafe.Pointer(&b[0])), len(b)/4)
}

// appendFloats appends a row of a column of float32 or float16 to some values.
func (l *rowLayout) appendFloats(to []float32, t models.Target, c int) []float32 {
	if l.columns[c].DType != arrowfile.Float16 {
		return append(to, l.floats(t, c)...)
	}
	b := l.column(t, c)
	for _, bits := range unsafe.Slice((*uint16)(unsafe.Pointer(&b[0])), len(b)/2) {
		to = append(to, float16.Frombits(bits).Float32())
	}
	return to
}

// copy copies a row.
func (l *rowLayout) copy(to, from models.Target) {
	for c := range l.columns {
		copy(l.column(to, c), l.column(from, c))
	}
}

// rowSlab is memory for rows, pinned for as long as the slab is reachable.
type rowSlab struct {
	base     unsafe.Pointer
	capacity int // rows; even, so that float32 values after an odd number of float16 ones are aligned
}

func newRowSlab(l *rowLayout, rows int) *rowSlab {
	capacity := rows + rows&1
	memory := make([]byte, max(1, capacity*l.bytes))
	pinner := new(runtime.Pinner)
	pinner.Pin(&memory[0])
	s := &rowSlab{base: unsafe.Pointer(&memory[0]), capacity: capacity}
	runtime.AddCleanup(s, (*runtime.Pinner).Unpin, pinner)
	return s
}

func (s *rowSlab) row(i int) models.Target {
	return models.Target{Base: s.base, Capacity: s.capacity, Row: i}
}
