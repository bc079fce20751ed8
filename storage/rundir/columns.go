package rundir

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// Column is a column whose values are fields of a T: a Row or a Sample. It is all that
// is to be said of the column: schemas, writing, reading, checking, comparing, choosing
// samples, and the tables of docs/format.md follow from it.
type Column[T any] struct {
	arrow.Field
	In       func(*T) any    // gives a pointer to the value; nil where the writer has it
	Optional bool            // a file has it only where the manifest lists it
	Compare  Comparing       // how two runs are compared in it
	Show     func(*T) string // what a comparison shows of it; nil: the value
	Where    bool            // samples can be chosen by it
	Doc      string          // its meaning, as docs/format.md has it; empty: that of the column before
}

// Comparing is how two runs are compared in a column.
type Comparing int

// The ways of comparing.
const (
	Exact Comparing = iota // values must be the same
	Score                  // likewise, bit by bit, but it follows from the activations: a difference of these is reported first
	Place                  // not at all: it says where rows lie
)

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

// Optional lists the columns as a manifest does.
func (f Columns[T]) Optional() (out []OptionalColumn) {
	for i := range f {
		out = append(out, OptionalOf([]arrow.Field{f[i].Field})...)
	}
	return out
}

// Listed gives the optional columns of these names, in the order of the table, as a
// manifest lists them; and the names that are none of them.
func (f Columns[T]) Listed(names []string) (out []OptionalColumn, others []string) {
	others = slices.Clone(names)
	for i := range f {
		if c := &f[i]; c.Optional && slices.Contains(names, c.Name) {
			out = append(out, OptionalOf([]arrow.Field{c.Field})...)
			others = slices.DeleteFunc(others, func(n string) bool { return n == c.Name })
		}
	}
	return out, others
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

// recode makes the codes of a column of texts those of the names that this program
// knows it by.
func recode(t *arrowfile.File, c arrowfile.Values, first, rows int64, f arrow.Field) error {
	at, _ := t.Index(f.Name)
	values, err := t.Dictionary(at)
	if err != nil {
		return err
	}
	for i := range int(rows) {
		code := int(c.Int8(i))
		if code < 0 || code >= len(values) {
			return fmt.Errorf("column %q: row %d has the code %d, and there are %d", f.Name, first+int64(i), code, len(values))
		}
		known := slices.Index(Dictionaries[f.Name], values[code])
		if known < 0 {
			return fmt.Errorf("column %q: row %d is %q", f.Name, first+int64(i), values[code])
		}
		c.Bytes[i] = byte(known)
	}
	return nil
}
