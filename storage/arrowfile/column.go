package arrowfile

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// DType is the element type of a column of activations.
type DType string

// The element types a column can have.
const (
	Float32 DType = "float32"
	Float16 DType = "float16"
	Int32   DType = "int32" // for token ids
)

// ElementTypes are Arrow's types of the elements.
var ElementTypes = map[DType]arrow.FixedWidthDataType{
	Float32: arrow.PrimitiveTypes.Float32.(arrow.FixedWidthDataType),
	Float16: arrow.FixedWidthTypes.Float16,
	Int32:   arrow.PrimitiveTypes.Int32.(arrow.FixedWidthDataType),
}

// Bytes is the size of one element.
func (d DType) Bytes() int {
	if d == Float16 {
		return 2
	}
	return 4
}

// Column is one column of activations.
type Column struct {
	Name  string
	Shape []int // of one row, such as [576] or [9, 64]
	DType DType
}

// Elements is how many numbers one row has.
func (c Column) Elements() int { return Elements(c.Shape) }

// RowBytes is the size of one row.
func (c Column) RowBytes() int { return c.Elements() * c.DType.Bytes() }

// Elements is how many numbers a tensor of a shape has.
func Elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Check refuses a column that cannot be written.
func (c Column) Check() error {
	if ElementTypes[c.DType] == nil {
		return fmt.Errorf("column %q: unknown element type %q", c.Name, c.DType)
	}
	if len(c.Shape) == 0 || slices.Min(c.Shape) < 1 {
		return fmt.Errorf("column %q: a row of shape %v holds nothing", c.Name, c.Shape)
	}
	return nil
}
