package rundir

import (
	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// Column is a column whose values are fields of a T: a Row or a Sample. It is all that
// is to be said of the column; schemas, writing, reading and comparing follow.
type Column[T any] struct {
	arrow.Field
	In       func(*T) any // a pointer to the value; nil where the writer has it
	Optional bool         // there where the manifest lists it
}

// Columns are columns in their order.
type Columns[T any] []Column[T]

// required are the columns that every file of this format has.
func (f Columns[T]) required() (out []arrow.Field) {
	for _, c := range f {
		if !c.Optional {
			out = append(out, c.Field)
		}
	}
	return out
}

// Named gives a column by its name, nil where there is none.
func (f Columns[T]) Named(name string) *Column[T] {
	for i := range f {
		if f[i].Name == name {
			return &f[i]
		}
	}
	return nil
}

// read reads the columns of a record batch into as many rows. Where the file has none
// of a column that it need not have, the values stay as they are.
func (f Columns[T]) read(t *arrowfile.File, first int64, b *arrowfile.BatchHeader, out []T) error {
	for i := range f {
		c := &f[i]
		if c.In == nil || LacksColumn(FileFormat(t), c.Name) || c.Optional && !t.Has(c.Name) {
			continue
		}
		values, err := t.Plain(b, first, c.Field, func(row int, text []byte) { arrowfile.SetText(c.In(&out[row]), text) })
		if err == nil && c.Type.ID() == arrow.DICTIONARY {
			err = recode(t, values, first, b.Rows, c.Field)
		}
		if err != nil {
			return err
		}
		for row := range out {
			arrowfile.SetValue(c.In(&out[row]), values, row)
		}
	}
	return nil
}
