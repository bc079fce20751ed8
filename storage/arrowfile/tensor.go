package arrowfile

import (
	"encoding/json"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// The metadata keys by which Arrow's readers know an extension type.
const (
	ExtensionName     = "ARROW:extension:name"
	extensionMetadata = "ARROW:extension:metadata"
	tensorExtension   = "arrow.fixed_shape_tensor"
)

// TensorField is a column of tensors, as Arrow's canonical extension type
// arrow.fixed_shape_tensor lays it out: a fixed-size list with the shape in the
// field's metadata.
func TensorField(c Column) arrow.Field {
	shape, _ := json.Marshal(tensorShape{c.Shape})
	return arrow.Field{
		Name:     c.Name,
		Type:     arrow.FixedSizeListOfField(int32(c.Elements()), arrow.Field{Name: "item", Type: ElementTypes[c.DType], Nullable: true}),
		Metadata: arrow.NewMetadata([]string{ExtensionName, extensionMetadata}, []string{tensorExtension, string(shape)}),
	}
}

// tensorShape is the metadata of a fixed_shape_tensor.
type tensorShape struct {
	Shape []int `json:"shape"`
}

// ShapeOf gives the shape of a tensor field's rows; false if it is none.
func ShapeOf(f arrow.Field) ([]int, bool) {
	list, ok := f.Type.(*arrow.FixedSizeListType)
	name, _ := f.Metadata.GetValue(ExtensionName)
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
	return meta.Shape, Elements(meta.Shape) == int(list.Len())
}

// ListOf is a list of plain values: decision 2 (docs/decisions) says why they are no
// dictionary's.
func ListOf(kind arrow.DataType) *arrow.ListType {
	return arrow.ListOfField(arrow.Field{Name: "item", Type: kind, Nullable: true})
}

// Strings makes an Arrow array of texts.
func Strings(values []string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(values, nil)
	return b.NewArray()
}
