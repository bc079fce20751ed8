package storage

import "intentprobe/storage/arrowfile"

// layout says where the columns of a row lie: one column after another, and
// within a column one row after another.
type layout struct {
	columns []arrowfile.Column
	size    []int // bytes of one row in each column
	offset  []int // sum of the sizes before it
	row     int   // bytes of a whole row
}

func newLayout(columns []arrowfile.Column) *layout {
	l := &layout{columns: columns}
	for _, c := range columns {
		size := c.Elements() * c.DType.Bytes()
		l.size, l.offset = append(l.size, size), append(l.offset, l.row)
		l.row += size
	}
	return l
}
