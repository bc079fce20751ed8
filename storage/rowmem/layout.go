// Package rowmem is memory for rows of activations, as the engine fills it: where the
// columns of a row are (Layout), pinned memory for many rows (Slab), the place of one of
// them (Place), and what the rows of a sample are reduced to (Reducer).
//
// The writer of run directories and the sink in memory lend such places. Nothing here is
// safe for concurrent use.
package rowmem

import "intentprobe/storage/arrowfile"

// Layout says where the columns of a row are: one column after another, and within a
// column one row after another.
type Layout struct {
	Columns []arrowfile.Column

	offset []int // sum of the bytes of a row in the columns before
	row    int   // bytes of a whole row
}

// NewLayout lays out columns in their order.
func NewLayout(columns []arrowfile.Column) *Layout {
	l := &Layout{Columns: columns}
	for _, c := range columns {
		l.offset = append(l.offset, l.row)
		l.row += c.RowBytes()
	}
	return l
}

// RowBytes is the size of a whole row.
func (l *Layout) RowBytes() int { return l.row }
