package storage

// Scratch is memory for rows that are not of the run, laid out like its own, for
// as long as the Scratch is reachable: rows that several samples have in common
// are captured there once and copied into each.
type Scratch struct{ slab *slab }

// Scratch makes room for rows.
func (w *Writer) Scratch(rows int) *Scratch { return &Scratch{newSlab(w.layout, rows)} }

// Place gives the place of one row, from 0.
func (s *Scratch) Place(row int) Place { return s.slab.place(row) }

// Copy copies the activations of a row from one place to another.
func (w *Writer) Copy(to, from Place) { w.layout.copy(to, from) }
