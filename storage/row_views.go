package storage

import "intentprobe/storage/rowmem"

// Floats views the place's row of a Float32 column, in row-major order of its
// shape. Valid from Reserve until Add, like the place. Panics if column c holds
// something else.
func (w *Writer) Floats(c int, p rowmem.Place) []float32 { return w.layout.Floats(p, c) }

// Halves is like Floats for a Float16 column: the bits of its values.
func (w *Writer) Halves(c int, p rowmem.Place) []uint16 { return w.layout.Halves(p, c) }

// Ints is like Floats for an Int32 column.
func (w *Writer) Ints(c int, p rowmem.Place) []int32 { return w.layout.Ints(p, c) }
