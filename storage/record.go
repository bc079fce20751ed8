package storage

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// dictionaries are the dictionary values of a run, built once so that every
// record batch of a file refers to the same: the file format allows only one.
type dictionaries map[string]arrow.Array

func newDictionaries(format int) dictionaries {
	d := dictionaries{}
	for column := range rundir.Dictionaries {
		d[column] = arrowfile.Strings(rundir.NamesIn(format, column))
	}
	return d
}

// record views the first rows of a buffer as an Arrow record. The columns of
// activations borrow the buffer's memory: the record must be written before the
// buffer is filled anew.
func (d dictionaries) record(schema *arrow.Schema, l *rowmem.Layout, b *buffer, rows int) arrow.Record {
	var columns []arrow.Array
	of := rundir.RowColumnsOf(schema)
	for _, f := range schema.Fields()[:schema.NumFields()-len(l.Columns)] {
		columns = append(columns, d.plain(of.Named(f.Name), b, rows))
	}
	for c, column := range l.Columns {
		kind := schema.Field(len(columns)).Type
		bytes := memory.NewBufferBytes(b.Column(l, c, rows))
		values := array.NewData(arrowfile.ElementTypes[column.DType], rows*column.Elements(), []*memory.Buffer{nil, bytes}, nil, 0, 0)
		list := array.NewData(kind, rows, []*memory.Buffer{nil}, []arrow.ArrayData{values}, 0, 0)
		columns = append(columns, array.MakeFromData(list))
	}
	return array.NewRecord(schema, columns, int64(rows))
}

// plain copies a column of what rows carry beside their activations.
func (d dictionaries) plain(c *rundir.Column[rundir.Row], from *buffer, rows int) arrow.Array {
	mem, kind := memory.DefaultAllocator, c.Type
	dictionary, coded := kind.(*arrow.DictionaryType)
	if coded {
		kind = dictionary.IndexType
	}
	b := array.NewBuilder(mem, kind)
	defer b.Release()
	for i := range rows {
		if c.In == nil {
			arrowfile.AppendValue(b, &from.samples[i])
		} else {
			arrowfile.AppendValue(b, c.In(&from.rows[i]))
		}
	}
	if coded {
		return array.NewDictionaryArray(dictionary, b.NewArray(), d[c.Name])
	}
	return b.NewArray()
}
