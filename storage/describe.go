package storage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
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
}

// Describe reads an Arrow file's schema and counts, and its first rows without
// the activations.
func Describe(path string, first int) (*Description, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	reader, err := ipc.NewFileReader(f)
	if err != nil {
		return nil, fmt.Errorf("storage: %s is not a whole Arrow file: %w", path, err)
	}
	defer reader.Close()
	d := &Description{File: filepath.Base(path), Bytes: info.Size(), Batches: reader.NumRecords()}
	meta := reader.Schema().Metadata()
	if i := meta.FindKey("capture.table"); i >= 0 {
		d.Table = meta.Values()[i]
	}
	var shown []int
	for i, field := range reader.Schema().Fields() {
		d.Columns = append(d.Columns, ColumnInfo{field.Name, typeName(field), field.Nullable})
		if field.Type.ID() != arrow.FIXED_SIZE_LIST {
			shown = append(shown, i)
		}
	}
	for i := range reader.NumRecords() {
		rec, err := reader.RecordAt(i)
		if err != nil {
			return nil, fmt.Errorf("storage: %s: record batch %d: %w", path, i, err)
		}
		d.Rows += rec.NumRows()
		for row := 0; row < int(rec.NumRows()) && len(d.First) < first; row++ {
			d.First = append(d.First, rowJSON(rec, row, shown))
		}
		rec.Release()
	}
	return d, nil
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
func rowJSON(rec arrow.Record, row int, columns []int) json.RawMessage {
	out := []byte{'{'}
	for i, c := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, plainJSON(rec.ColumnName(c))...), ':'), plainJSON(rec.Column(c).GetOneForMarshal(row))...)
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
