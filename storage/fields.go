package storage

import (
	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// field is a column whose values are fields of a T: a Row or a Sample. It is all that
// is to be said of the column; schemas, writing, reading and comparing follow.
type field[T any] struct {
	arrow.Field
	in       func(*T) any // a pointer to the value; nil where the writer has it
	optional bool         // there where the manifest lists it
}

// fields are columns in their order.
type fields[T any] []field[T]

// required are the columns that every file of this format has.
func (f fields[T]) required() (out []arrow.Field) {
	for _, c := range f {
		if !c.optional {
			out = append(out, c.Field)
		}
	}
	return out
}

// named gives a column by its name, nil where there is none.
func (f fields[T]) named(name string) *field[T] {
	for i := range f {
		if f[i].Name == name {
			return &f[i]
		}
	}
	return nil
}

// read reads the columns of a record batch into as many rows. Where the file has none
// of a column that it need not have, the values stay as they are.
func (f fields[T]) read(t *arrowfile.File, first int64, b *arrowfile.BatchHeader, out []T) error {
	for i := range f {
		c := &f[i]
		if c.in == nil || lacksColumn(fileFormat(t), c.Name) || c.optional && !t.Has(c.Name) {
			continue
		}
		values, err := t.Plain(b, first, c.Field, func(row int, text []byte) { arrowfile.SetText(c.in(&out[row]), text) })
		if err == nil && c.Type.ID() == arrow.DICTIONARY {
			err = recode(t, values, first, b.Rows, c.Field)
		}
		if err != nil {
			return err
		}
		for row := range out {
			arrowfile.SetValue(c.in(&out[row]), values, row)
		}
	}
	return nil
}
