package storage

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// sampleRecord turns samples into one Arrow record; reduced has their reductions
// where the schema has them.
func sampleRecord(schema *arrow.Schema, samples []Sample, reduced []reduction) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(schema.Fields()[:sampleColumns], nil))
	defer b.Release()
	for _, s := range samples {
		for i, v := range []any{
			s.SampleID, s.PromptID, s.Sample, s.Label, s.Group, s.Split, s.Pair,
			s.Question, s.Condition, s.Style, s.Stage, s.ParentSampleID, s.Followup,
			s.Prompt, s.Response, s.FinishReason, s.PromptTokens, s.ResponseTokens, s.FirstPosition, s.Seed, s.Logprob,
			s.Alternatives, s.AlternativeLogprobs, s.File, s.FirstRow, s.Rows, s.Meta,
		} {
			appendValue(b.Field(i), v)
		}
	}
	columns := append([]arrow.Array{}, b.NewRecord().Columns()...)
	return array.NewRecord(schema, append(columns, reducedArrays(schema.Fields()[sampleColumns:], reduced)...), int64(len(samples)))
}

func appendValue(b array.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.(*array.StringBuilder).Append(v)
	case int32:
		b.(*array.Int32Builder).Append(v)
	case int64:
		b.(*array.Int64Builder).Append(v)
	case float64:
		b.(*array.Float64Builder).Append(v)
	case *string:
		appendPointer(b, v)
	case *int64:
		appendPointer(b, v)
	case *float64:
		appendPointer(b, v)
	case []string:
		appendList(b, v)
	case []float64:
		appendList(b, v)
	}
}

func appendPointer[T any](b array.Builder, v *T) {
	if v == nil {
		b.AppendNull()
	} else {
		appendValue(b, *v)
	}
}

func appendList[T any](b array.Builder, values []T) {
	list := b.(*array.ListBuilder)
	list.Append(true)
	for _, v := range values {
		appendValue(list.ValueBuilder(), v)
	}
}
