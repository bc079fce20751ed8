package rowmem

import (
	"runtime"
	"unsafe"
)

// Slab is memory for rows, pinned for as long as the slab is reachable.
type Slab struct {
	base     unsafe.Pointer
	capacity int // rows; even, so that floats after an odd number of halves are aligned
}

// NewSlab makes room for rows.
func NewSlab(l *Layout, rows int) *Slab {
	capacity := rows + rows&1
	memory := make([]byte, max(1, capacity*l.row))
	pinner := new(runtime.Pinner)
	pinner.Pin(&memory[0])
	s := &Slab{base: unsafe.Pointer(&memory[0]), capacity: capacity}
	runtime.AddCleanup(s, (*runtime.Pinner).Unpin, pinner)
	return s
}

// Place gives the place of a row, from 0.
func (s *Slab) Place(row int) Place { return Place{Base: s.base, Capacity: s.capacity, Row: row} }

// Column views the first rows of column c, one after another.
func (s *Slab) Column(l *Layout, c, rows int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(s.base, s.capacity*l.offset[c])), rows*l.Columns[c].RowBytes())
}
