package storage

import (
	"encoding/json"
	"fmt"
	"slices"

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

// activationSchema is that of activations: what every file has, the optional columns,
// and those of the hook points.
func activationSchema(columns []Column, optional ...arrow.Field) *arrow.Schema {
	fields := slices.Concat(plainFields, optional)
	for _, c := range columns {
		fields = append(fields, tensorField(c))
	}
	return schemaOf(FormatVersion, "activations", fields)
}

// listOf is a list of plain values: docs/decisions has why they are no dictionary's.
func listOf(kind arrow.DataType) *arrow.ListType {
	return arrow.ListOfField(arrow.Field{Name: "item", Type: kind, Nullable: true})
}

// sampleSchema is that of samples: what every file has, and the optional columns.
func sampleSchema(optional ...arrow.Field) *arrow.Schema {
	return schemaOf(FormatVersion, "samples", slices.Concat(sampleFields, optional))
}

// schemaOf marks a file as ours, so that a file found alone says what it is.
func schemaOf(format int, table string, fields []arrow.Field) *arrow.Schema {
	meta := arrow.NewMetadata([]string{"capture.format", "capture.table"}, []string{fmt.Sprint(format), table})
	return arrow.NewSchema(fields, &meta)
}
