package storage

import (
	"math"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// floatBytes views floats as the little-endian bytes that Arrow stores. All
// platforms that this program is built for are little-endian (checked by test).
func floatBytes(v []float32) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v))
}

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

// record views a table as an Arrow record. The activation columns borrow the
// table's memory: the record must be written before the table is reset.
func (d dictionaries) record(schema *arrow.Schema, t *table, width int) arrow.Record {
	mem := memory.DefaultAllocator
	n := t.len()
	b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{
		schema.Field(0), schema.Field(1), schema.Field(2), schema.Field(3), schema.Field(6), schema.Field(7), schema.Field(8), schema.Field(9),
	}, nil))
	defer b.Release()
	phases, roles := array.NewInt8Builder(mem), array.NewInt8Builder(mem)
	defer phases.Release()
	defer roles.Release()
	spans := b.Field(7).(*array.ListBuilder)
	b.Field(0).(*array.Int64Builder).AppendValues(t.sampleID, nil)
	for _, r := range t.rows {
		b.Field(1).(*array.Int32Builder).Append(r.Position)
		b.Field(2).(*array.Int32Builder).Append(r.TokenID)
		b.Field(3).(*array.StringBuilder).Append(r.Token)
		b.Field(4).(*array.BooleanBuilder).Append(r.Generated)
		appendFloat(b.Field(5).(*array.Float32Builder), r.Logprob)
		appendFloat(b.Field(6).(*array.Float32Builder), r.Entropy)
		phases.Append(r.Phase)
		roles.Append(r.Role)
		spans.Append(true)
		spans.ValueBuilder().(*array.StringBuilder).AppendValues(r.Spans, nil)
	}
	plain := b.NewRecord()
	defer plain.Release()
	columns := []arrow.Array{
		plain.Column(0), plain.Column(1), plain.Column(2), plain.Column(3),
		array.NewDictionaryArray(phaseType, phases.NewArray(), d.phases),
		array.NewDictionaryArray(roleType, roles.NewArray(), d.roles),
		plain.Column(4), plain.Column(5), plain.Column(6), plain.Column(7),
	}
	for _, bytes := range t.points {
		field := schema.Field(len(columns))
		element := field.Type.(*arrow.FixedSizeListType).Elem()
		values := array.NewData(element, n*width, []*memory.Buffer{nil, memory.NewBufferBytes(bytes)}, nil, 0, 0)
		list := array.NewData(field.Type, n, []*memory.Buffer{nil}, []arrow.ArrayData{values}, 0, 0)
		columns = append(columns, array.MakeFromData(list))
	}
	return array.NewRecord(schema, columns, int64(n))
}

func appendFloat(b *array.Float32Builder, x float32) {
	if math.IsNaN(float64(x)) {
		b.AppendNull()
	} else {
		b.Append(x)
	}
}

// sampleRecord turns samples into one Arrow record.
func sampleRecord(schema *arrow.Schema, samples []Sample) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, s := range samples {
		for i, v := range []any{
			s.SampleID, s.PromptID, s.Sample, s.Label, s.Group, s.Split, s.Pair, s.ParentSampleID,
			s.Prompt, s.Response, s.FinishReason, s.PromptTokens, s.ResponseTokens, s.Seed, s.Logprob,
			s.File, s.FirstRow, s.Rows, s.Meta,
		} {
			appendValue(b.Field(i), v)
		}
	}
	return b.NewRecord()
}

func appendValue(b array.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.(*array.StringBuilder).Append(v)
	case int32:
		b.(*array.Int32Builder).Append(v)
	case int64:
		b.(*array.Int64Builder).Append(v)
	case *string:
		if v == nil {
			b.AppendNull()
		} else {
			b.(*array.StringBuilder).Append(*v)
		}
	case *int64:
		if v == nil {
			b.AppendNull()
		} else {
			b.(*array.Int64Builder).Append(*v)
		}
	case *float64:
		if v == nil {
			b.AppendNull()
		} else {
			b.(*array.Float64Builder).Append(*v)
		}
	}
}
