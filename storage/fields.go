package storage

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
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
func (f fields[T]) read(t *Table, first int64, b *arrowBatch, out []T) error {
	for i := range f {
		c := &f[i]
		if c.in == nil || lacksColumn(t.format(), c.Name) || c.optional && !t.hasColumn(c.Name) {
			continue
		}
		values, err := t.plain(b, first, c.Field, func(row int, text []byte) { addText(c.in(&out[row]), text) })
		if err == nil && c.Type.ID() == arrow.DICTIONARY {
			err = t.recode(values, first, b.rows, c.Field)
		}
		if err != nil {
			return err
		}
		for row := range out {
			setValue(c.in(&out[row]), values, row)
		}
	}
	return nil
}

// appendValue writes the value that p points to.
func appendValue(b array.Builder, p any) {
	switch v := p.(type) {
	case *string:
		b.(*array.StringBuilder).Append(*v)
	case *bool:
		b.(*array.BooleanBuilder).Append(*v)
	case *int8: // a code of a dictionary
		b.(*array.Int8Builder).Append(*v)
	case *int32:
		b.(*array.Int32Builder).Append(*v)
	case *int64:
		b.(*array.Int64Builder).Append(*v)
	case *float32:
		if math.IsNaN(float64(*v)) {
			b.AppendNull()
		} else {
			b.(*array.Float32Builder).Append(*v)
		}
	case *float64:
		b.(*array.Float64Builder).Append(*v)
	case *arrow.Timestamp:
		b.(*array.TimestampBuilder).Append(*v)
	case **string:
		appendPointer(b, *v)
	case **int32:
		appendPointer(b, *v)
	case **int64:
		appendPointer(b, *v)
	case **float64:
		appendPointer(b, *v)
	case *[]string:
		appendList(b, *v)
	case *[]float64:
		appendList(b, *v)
	}
}

func appendPointer[T any](b array.Builder, v *T) {
	if v == nil {
		b.AppendNull()
	} else {
		appendValue(b, v)
	}
}

func appendList[T any](b array.Builder, values []T) {
	list := b.(*array.ListBuilder)
	list.Append(true)
	for i := range values {
		appendValue(list.ValueBuilder(), &values[i])
	}
}

// addText takes a text, or an item of a list, into what p points to.
func addText(p any, text []byte) {
	switch v := p.(type) {
	case *string:
		*v = string(text)
	case **string:
		s := string(text)
		*v = &s
	case *[]string:
		*v = append(*v, string(text))
	case *[]float64:
		*v = append(*v, floatOf(text))
	}
}

// setValue takes value i of a column of fixed width into what p points to.
func setValue(p any, c cells, i int) {
	switch v := p.(type) {
	case *bool:
		*v = c.bool(i)
	case *int8:
		*v = c.int8(i)
	case *int32:
		*v = c.int32(i)
	case *int64:
		*v = c.int64(i)
	case *float32:
		*v = c.floatOrNaN(i)
	case **int32:
		*v = nil
		if !c.null(i) {
			x := c.int32(i)
			*v = &x
		}
	case **int64:
		*v = c.int64OrNil(i)
	case **float64:
		*v = c.floatOrNil(i)
	}
}
