package arrowfile

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"intentprobe/storage/disk"
)

// rowsInBatch is how many rows WriteRows puts into a record batch.
const rowsInBatch = 4096

// rowTypes are the types of fields that WriteRows knows; a pointer to one is a column that
// may be null.
var rowTypes = map[reflect.Kind]arrow.DataType{
	reflect.String: arrow.BinaryTypes.String, reflect.Bool: arrow.FixedWidthTypes.Boolean,
	reflect.Int32: arrow.PrimitiveTypes.Int32, reflect.Int64: arrow.PrimitiveTypes.Int64,
	reflect.Float64: arrow.PrimitiveTypes.Float64,
}

// WriteRows writes rows as an Arrow IPC file, whole or not at all. T is a struct; the
// columns are its fields in their order, named by their json tags, of the types string,
// bool, int32, int64 and float64; a pointer to one of them (but to bool) is a column that
// may be null. meta is alternately keys and values of the schema's metadata. Memory beyond
// the rows holds a record batch.
func WriteRows[T any](fs disk.FS, path string, rows []T, meta ...string) error {
	schema, err := schemaOfRows(reflect.TypeFor[T](), meta)
	if err != nil {
		return err
	}
	file, err := Create(fs, path, disk.PartSuffix, schema)
	if err != nil {
		return err
	}
	for len(rows) > 0 {
		n := min(len(rows), rowsInBatch)
		if err := file.Write(recordOfRows(schema, rows[:n])); err != nil {
			file.Discard()
			return err
		}
		rows = rows[n:]
	}
	_, err = file.Commit()
	return err
}

// schemaOfRows gives the schema of a struct's fields.
func schemaOfRows(of reflect.Type, meta []string) (*arrow.Schema, error) {
	var fields []arrow.Field
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind, nullable := f.Type, f.Type.Kind() == reflect.Pointer
		if nullable {
			kind = kind.Elem()
		}
		column := rowTypes[kind.Kind()]
		if column == nil || name == "" || nullable && kind.Kind() == reflect.Bool {
			return nil, fmt.Errorf("arrowfile: field %s of %s is no column", f.Name, of)
		}
		fields = append(fields, arrow.Field{Name: name, Type: column, Nullable: nullable})
	}
	var keys, values []string
	for i := 0; i+1 < len(meta); i += 2 {
		keys, values = append(keys, meta[i]), append(values, meta[i+1])
	}
	m := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(fields, &m), nil
}

// recordOfRows makes a record batch of rows.
func recordOfRows[T any](schema *arrow.Schema, rows []T) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for c := range row.NumField() {
			AppendValue(b.Field(c), row.Field(c).Addr().Interface())
		}
	}
	return b.NewRecord()
}
