package storage

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

func stringArray(values []string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(values, nil)
	return b.NewArray()
}

// dictionaries are the dictionary values of a run, built once so that every
// record batch of a file refers to the same: the file format allows only one.
type dictionaries struct{ phases, roles arrow.Array }

func newDictionaries() dictionaries {
	return dictionaries{stringArray(Phases), stringArray(Roles)}
}

// record views the first rows of a buffer as an Arrow record. The columns of
// activations borrow the buffer's memory: the record must be written before the
// buffer is filled anew.
func (d dictionaries) record(schema *arrow.Schema, l *layout, b *buffer, rows int) arrow.Record {
	plain, phases, roles := plainColumns(schema, b, rows)
	columns := append(append([]arrow.Array{}, plain[:4]...),
		array.NewDictionaryArray(phaseType, phases, d.phases),
		array.NewDictionaryArray(roleType, roles, d.roles))
	columns = append(columns, plain[4:]...)
	for c, column := range l.columns {
		kind := schema.Field(len(columns)).Type
		bytes := memory.NewBufferBytes(b.column(l, c, rows))
		values := array.NewData(arrowTypes[column.DType], rows*column.elements(), []*memory.Buffer{nil, bytes}, nil, 0, 0)
		list := array.NewData(kind, rows, []*memory.Buffer{nil}, []arrow.ArrayData{values}, 0, 0)
		columns = append(columns, array.MakeFromData(list))
	}
	return array.NewRecord(schema, columns, int64(rows))
}

// plainColumns copies what rows carry beside their activations: the columns of
// the schema up to them but for phase and role, and the codes of these.
func plainColumns(schema *arrow.Schema, buffer *buffer, rows int) (columns []arrow.Array, phases, roles arrow.Array) {
	mem := memory.DefaultAllocator
	b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{
		schema.Field(0), schema.Field(1), schema.Field(2), schema.Field(3), schema.Field(6), schema.Field(7), schema.Field(8), schema.Field(9), schema.Field(10), schema.Field(11),
	}, nil))
	phase, role := array.NewInt8Builder(mem), array.NewInt8Builder(mem)
	spans := b.Field(9).(*array.ListBuilder)
	b.Field(0).(*array.Int64Builder).AppendValues(buffer.samples[:rows], nil)
	for _, r := range buffer.rows[:rows] {
		b.Field(1).(*array.Int32Builder).Append(r.Position)
		b.Field(2).(*array.Int32Builder).Append(r.TokenID)
		b.Field(3).(*array.StringBuilder).Append(r.Token)
		b.Field(4).(*array.Int32Builder).Append(r.Turn)
		b.Field(5).(*array.BooleanBuilder).Append(r.Generated)
		b.Field(6).(*array.BooleanBuilder).Append(r.Reasoning)
		appendFloat(b.Field(7).(*array.Float32Builder), r.Logprob)
		appendFloat(b.Field(8).(*array.Float32Builder), r.Entropy)
		phase.Append(r.Phase)
		role.Append(r.Role)
		spans.Append(true)
		spans.ValueBuilder().(*array.StringBuilder).AppendValues(r.Spans, nil)
	}
	return b.NewRecord().Columns(), phase.NewArray(), role.NewArray()
}

func appendFloat(b *array.Float32Builder, x float32) {
	if math.IsNaN(float64(x)) {
		b.AppendNull()
	} else {
		b.Append(x)
	}
}
