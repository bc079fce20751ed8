package rundir

import (
	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// RowColumns are what rows of activations carry beside these, in the order of the
// columns.
var RowColumns = Columns[Row]{
	{Field: arrow.Field{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64}},
	{Field: arrow.Field{Name: "position", Type: arrow.PrimitiveTypes.Int32}, In: func(r *Row) any { return &r.Position }},
	{Field: arrow.Field{Name: "token_id", Type: arrow.PrimitiveTypes.Int32}, In: func(r *Row) any { return &r.TokenID }},
	{Field: arrow.Field{Name: "token", Type: arrow.BinaryTypes.String}, In: func(r *Row) any { return &r.Token }},
	{Field: arrow.Field{Name: "phase", Type: PhaseType}, In: func(r *Row) any { return &r.Phase }},
	{Field: arrow.Field{Name: "role", Type: roleType}, In: func(r *Row) any { return &r.Role }},
	{Field: arrow.Field{Name: "turn", Type: arrow.PrimitiveTypes.Int32}, In: func(r *Row) any { return &r.Turn }},
	{Field: arrow.Field{Name: "generated", Type: arrow.FixedWidthTypes.Boolean}, In: func(r *Row) any { return &r.Generated }},
	{Field: arrow.Field{Name: "reasoning", Type: arrow.FixedWidthTypes.Boolean}, In: func(r *Row) any { return &r.Reasoning }},
	{Field: arrow.Field{Name: "stop", Type: arrow.FixedWidthTypes.Boolean}, In: func(r *Row) any { return &r.Stop }},
	{Field: arrow.Field{Name: "logprob", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, In: func(r *Row) any { return &r.Logprob }},
	{Field: arrow.Field{Name: "entropy", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, In: func(r *Row) any { return &r.Entropy }},
	{Field: arrow.Field{Name: "spans", Type: arrowfile.ListOf(arrow.BinaryTypes.String)}, In: func(r *Row) any { return &r.Spans }},
}

// RequiredRowFields are the columns that are the same in every activations file.
var RequiredRowFields = RowColumns.required()
