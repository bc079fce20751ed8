package storage

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
)

// Phases and Roles are the dictionaries of the columns of that name, in the
// order of their codes. They are the same in every file.
var (
	Phases = []string{"prompt", "response", "followup"}
	Roles  = []string{"system", "user", "assistant", "template", "tool", "developer"}
)

// dictionaryNames are the dictionaries by their columns.
var dictionaryNames = map[string][]string{"phase": Phases, "role": Roles}

var (
	phaseType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	roleType  = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
)

// The metadata keys by which Arrow's readers know an extension type.
const (
	extensionName     = "ARROW:extension:name"
	extensionMetadata = "ARROW:extension:metadata"
	tensorExtension   = "arrow.fixed_shape_tensor"
)

// tensorField is a column of tensors, as Arrow's canonical extension type
// arrow.fixed_shape_tensor lays it out: a fixed-size list with the shape in the
// field's metadata.
func tensorField(c Column) arrow.Field {
	shape, _ := json.Marshal(tensorShape{c.Shape})
	return arrow.Field{
		Name:     c.Name,
		Type:     arrow.FixedSizeListOfField(int32(c.elements()), arrow.Field{Name: "item", Type: arrowTypes[c.DType], Nullable: true}),
		Metadata: arrow.NewMetadata([]string{extensionName, extensionMetadata}, []string{tensorExtension, string(shape)}),
	}
}

// tensorShape is the metadata of a fixed_shape_tensor.
type tensorShape struct {
	Shape []int `json:"shape"`
}

// shapeOf gives the shape of a tensor field's rows; false if it is none.
func shapeOf(f arrow.Field) ([]int, bool) {
	list, ok := f.Type.(*arrow.FixedSizeListType)
	name, _ := f.Metadata.GetValue(extensionName)
	text, _ := f.Metadata.GetValue(extensionMetadata)
	var meta tensorShape
	if !ok || name != tensorExtension || json.Unmarshal([]byte(text), &meta) != nil {
		return nil, false
	}
	for _, n := range meta.Shape {
		if n < 1 || n > int(list.Len()) {
			return nil, false
		}
	}
	return meta.Shape, elements(meta.Shape) == int(list.Len())
}

func activationSchema(columns []Column) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "position", Type: arrow.PrimitiveTypes.Int32},
		{Name: "token_id", Type: arrow.PrimitiveTypes.Int32},
		{Name: "token", Type: arrow.BinaryTypes.String},
		{Name: "phase", Type: phaseType},
		{Name: "role", Type: roleType},
		{Name: "turn", Type: arrow.PrimitiveTypes.Int32},
		{Name: "generated", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "reasoning", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "logprob", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "entropy", Type: arrow.PrimitiveTypes.Float32, Nullable: true},
		{Name: "spans", Type: listOf(arrow.BinaryTypes.String)},
	}
	for _, c := range columns {
		fields = append(fields, tensorField(c))
	}
	return schemaOf(FormatVersion, "activations", fields)
}

// listOf is a list of plain values: docs/decisions has why they are no dictionary's.
func listOf(kind arrow.DataType) *arrow.ListType {
	return arrow.ListOfField(arrow.Field{Name: "item", Type: kind, Nullable: true})
}

// sampleSchema is that of samples, with the reductions of columns where any are
// asked for.
func sampleSchema(columns []Column, reduce []string) *arrow.Schema {
	text := func(name string, nullable bool) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: nullable}
	}
	fields := []arrow.Field{
		{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64},
		text("prompt_id", false),
		{Name: "sample", Type: arrow.PrimitiveTypes.Int32},
		text("label", true), text("group", true), text("split", true), text("pair", true),
		text("question", true), text("condition", true), text("style", true), text("stage", true),
		{Name: "parent_sample_id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		text("followup", true),
		text("prompt", false), text("response", false), text("finish_reason", false),
		{Name: "prompt_tokens", Type: arrow.PrimitiveTypes.Int32},
		{Name: "response_tokens", Type: arrow.PrimitiveTypes.Int32},
		{Name: "first_position", Type: arrow.PrimitiveTypes.Int32},
		{Name: "seed", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "logprob", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "alternatives", Type: listOf(arrow.BinaryTypes.String)},
		{Name: "alternative_logprobs", Type: listOf(arrow.PrimitiveTypes.Float64)},
		text("file", false),
		{Name: "first_row", Type: arrow.PrimitiveTypes.Int64},
		{Name: "rows", Type: arrow.PrimitiveTypes.Int64},
		text("meta", false),
	}
	return schemaOf(FormatVersion, "samples", append(fields, reducedFields(columns, reduce)...))
}

// schemaOf marks a file as ours, so that a file found alone says what it is.
func schemaOf(format int, table string, fields []arrow.Field) *arrow.Schema {
	meta := arrow.NewMetadata([]string{"capture.format", "capture.table"}, []string{fmt.Sprint(format), table})
	return arrow.NewSchema(fields, &meta)
}
