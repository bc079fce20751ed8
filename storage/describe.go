package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
)

// Description says what is inside one Arrow file.
type Description struct {
	File    string            `json:"file"`
	Table   string            `json:"table"` // activations, samples, or empty for a stranger's file
	Rows    int64             `json:"rows"`
	Batches int               `json:"record_batches"`
	Bytes   int64             `json:"bytes"`
	Columns []ColumnInfo      `json:"columns"`
	First   []json.RawMessage `json:"first_rows"` // as JSON objects, tensors left out
}

// ColumnInfo is a column of an Arrow file.
type ColumnInfo struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`

	Tensor   *Column `json:"-"` // shape and element type; nil where it holds no tensors
	RowBytes int     `json:"-"` // of one row; 0 where that varies, and of bits and codes
}

// Describe reads an Arrow file's schema and counts, and its first rows without
// the activations.
func Describe(path string, first int) (*Description, error) {
	t, err := OpenTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	d := &Description{
		File: filepath.Base(path), Table: t.Kind(), Bytes: t.file.size,
		Rows: t.Rows(), Batches: len(t.batches), Columns: t.Columns(),
	}
	for i := 0; i < len(t.batches) && len(d.First) < first; i++ {
		rows, err := t.firstRows(i, first-len(d.First))
		if err != nil {
			return nil, err
		}
		d.First = append(d.First, rows...)
	}
	return d, nil
}

// firstRows writes the first rows of a record batch as JSON objects.
func (t *Table) firstRows(batch, n int) (out []json.RawMessage, err error) {
	rows := span{0, min(int64(n), t.batches[batch].Rows)}
	var names []string
	var columns []arrow.Array
	for i, field := range t.schema.Fields() {
		if field.Type.ID() == arrow.FIXED_SIZE_LIST {
			continue
		}
		a, err := t.array(batch, i, rows)
		if err != nil {
			return nil, err
		}
		names, columns = append(names, field.Name), append(columns, a)
	}
	for row := range int(rows.to) {
		out = append(out, rowJSON(names, columns, row))
	}
	return out, nil
}

// columnInfo describes a column.
func columnInfo(f arrow.Field) ColumnInfo {
	info := ColumnInfo{Name: f.Name, Type: typeName(f), Nullable: f.Nullable}
	if shape, ok := shapeOf(f); ok {
		c := Column{f.Name, shape, DType(f.Type.(*arrow.FixedSizeListType).Elem().String())}
		if arrowTypes[c.DType] != nil {
			info.Tensor, info.RowBytes = &c, c.RowBytes()
		}
	} else if fixed, ok := f.Type.(arrow.FixedWidthDataType); ok && f.Type.ID() != arrow.DICTIONARY {
		info.RowBytes = fixed.BitWidth() / 8
	}
	return info
}

func typeName(f arrow.Field) string {
	if shape, ok := shapeOf(f); ok {
		sizes, _ := json.Marshal(shape)
		return fmt.Sprintf("fixed_shape_tensor<%s>%s", f.Type.(*arrow.FixedSizeListType).Elem(), sizes)
	}
	switch t := f.Type.(type) {
	case *arrow.DictionaryType:
		return fmt.Sprintf("dictionary<%s, %s>", t.IndexType, t.ValueType)
	case *arrow.ListType:
		return fmt.Sprintf("list<%s>", typeName(t.ElemField()))
	}
	return f.Type.String()
}

// rowJSON writes one row as an object whose keys keep the order of the columns.
func rowJSON(names []string, columns []arrow.Array, row int) json.RawMessage {
	out := []byte{'{'}
	for i, c := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, plainJSON(names[i])...), ':'), plainJSON(c.GetOneForMarshal(row))...)
	}
	return append(out, '}')
}

// plainJSON leaves <, > and & as they are: tokens are full of them.
func plainJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}
