package arrowfile

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
)

// ColumnInfo is a column of an Arrow file.
type ColumnInfo struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`

	Tensor   *Column `json:"-"` // shape and element type; nil where it holds no tensors
	RowBytes int     `json:"-"` // of one row; 0 where that varies, and of bits and codes
}

// columnInfo describes a column.
func columnInfo(f arrow.Field) ColumnInfo {
	info := ColumnInfo{Name: f.Name, Type: TypeName(f), Nullable: f.Nullable}
	if shape, ok := ShapeOf(f); ok {
		c := Column{f.Name, shape, DType(f.Type.(*arrow.FixedSizeListType).Elem().String())}
		if ElementTypes[c.DType] != nil {
			info.Tensor, info.RowBytes = &c, c.RowBytes()
		}
	} else if fixed, ok := f.Type.(arrow.FixedWidthDataType); ok && f.Type.ID() != arrow.DICTIONARY {
		info.RowBytes = fixed.BitWidth() / 8
	}
	return info
}

// TypeName gives the type of a column as manifests and docs/format.md write it, for
// example list<utf8>.
func TypeName(f arrow.Field) string {
	if shape, ok := ShapeOf(f); ok {
		sizes, _ := json.Marshal(shape)
		return fmt.Sprintf("fixed_shape_tensor<%s>%s", f.Type.(*arrow.FixedSizeListType).Elem(), sizes)
	}
	switch t := f.Type.(type) {
	case *arrow.DictionaryType:
		return fmt.Sprintf("dictionary<%s, %s>", t.IndexType, t.ValueType)
	case *arrow.ListType:
		return fmt.Sprintf("list<%s>", TypeName(t.ElemField()))
	}
	return f.Type.String()
}

// FieldBytes is the size of a row of a column; 1 where it varies.
func FieldBytes(f arrow.Field) int64 {
	switch t := f.Type.(type) {
	case *arrow.FixedSizeListType:
		if elem, ok := t.Elem().(arrow.FixedWidthDataType); ok {
			return max(1, int64(t.Len())*int64(elem.BitWidth()/8))
		}
	case *arrow.DictionaryType:
		return 1
	case arrow.FixedWidthDataType:
		return max(1, int64(t.BitWidth()/8))
	}
	return 1
}
