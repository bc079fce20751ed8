package storage

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// shuffled changes the places of two columns.
func shuffled(a, b int) func([]arrow.Record) (*arrow.Schema, []arrow.Record) {
	return remade(func(f []arrow.Field, c []arrow.Array) {
		f[a], f[b], c[a], c[b] = f[b], f[a], c[b], c[a]
	})
}

// retyped puts the values of one column, and their type, in the place of another.
func retyped(to, from int) func([]arrow.Record) (*arrow.Schema, []arrow.Record) {
	return remade(func(f []arrow.Field, c []arrow.Array) { f[to].Type, c[to] = f[from].Type, c[from] })
}

// redictionary gives the phases other names.
func redictionary(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
	values := arrowfile.Strings([]string{"prompt", "answer", "followup"})
	return remade(func(_ []arrow.Field, c []arrow.Array) {
		c[4] = array.NewDictionaryArray(rundir.PhaseType, c[4].(*array.Dictionary).Indices(), values)
	})(records)
}

func remade(change func([]arrow.Field, []arrow.Array)) func([]arrow.Record) (*arrow.Schema, []arrow.Record) {
	return func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
		meta := records[0].Schema().Metadata()
		var schema *arrow.Schema
		for i, r := range records {
			fields, columns := r.Schema().Fields(), slices.Clone(r.Columns())
			change(fields, columns)
			schema = arrow.NewSchema(fields, &meta)
			records[i] = array.NewRecord(schema, columns, r.NumRows())
		}
		return schema, records
	}
}

// recut splits the second record batch.
func recut(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
	second := records[1]
	return second.Schema(), slices.Concat(records[:1], []arrow.Record{second.NewSlice(0, 3), second.NewSlice(3, 4)}, records[2:])
}
