package arrowfile

import (
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
)

// Schema is the schema of an Arrow file, of the types that columns of a run
// have and their like, with where in a batch each column is found.
type Schema struct {
	*arrow.Schema
	columns      []ColumnInfo
	Dictionaries []int64 // the id of each column's, where it has one
	starts       []cursor
}

// cursor counts the nodes and buffers of a batch.
type cursor struct{ node, buffer int }

// skip goes past a field and its children.
func (c *cursor) skip(t arrow.DataType) {
	c.node++
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		c.buffer++
		c.skip(t.Elem())
	case *arrow.ListType:
		c.buffer += 2
		c.skip(t.Elem())
	case *arrow.StringType:
		c.buffer += 3
	default:
		c.buffer += 2
	}
}

func parseSchema(t flatTable) (*Schema, error) {
	if t.short(0) != 0 {
		return nil, errors.New("is big-endian")
	}
	s := &Schema{}
	var fields []arrow.Field
	var at cursor
	for _, f := range t.tables(1, maxFields) {
		field, err := parseField(f, true)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
		s.columns = append(s.columns, columnInfo(field))
		s.Dictionaries = append(s.Dictionaries, f.table(4).long(0))
		s.starts = append(s.starts, at)
		at.skip(field.Type)
	}
	meta := t.metadata(2)
	if t.bad {
		return nil, errMetadata
	}
	s.Schema = arrow.NewSchema(fields, &meta)
	return s, nil
}

// parseField reads a field; lists only where it is a column itself.
func parseField(f flatTable, column bool) (arrow.Field, error) {
	field := arrow.Field{Name: f.text(0), Nullable: f.byte(1) != 0, Metadata: f.metadata(6)}
	kind, err := parseType(f, column)
	if err == nil && f.bad {
		err = errMetadata
	}
	if err != nil {
		return field, fmt.Errorf("column %q: %w", field.Name, err)
	}
	field.Type = kind
	if encoding := f.table(4); encoding.at >= 0 {
		index := arrow.DataType(arrow.PrimitiveTypes.Int32) // where it is not said
		if t := encoding.table(1); t.at >= 0 {
			index = intTypes[intKind{t.int(0), t.byte(1) != 0}]
		}
		if index == nil || kind.ID() != arrow.STRING {
			return field, fmt.Errorf("column %q: a dictionary of %s", field.Name, kind)
		}
		field.Type = &arrow.DictionaryType{IndexType: index, ValueType: kind, Ordered: encoding.byte(2) != 0}
	}
	return field, nil
}

type intKind struct {
	bits   int
	signed bool
}

var intTypes = map[intKind]arrow.DataType{
	{8, true}: arrow.PrimitiveTypes.Int8, {16, true}: arrow.PrimitiveTypes.Int16,
	{32, true}: arrow.PrimitiveTypes.Int32, {64, true}: arrow.PrimitiveTypes.Int64,
	{8, false}: arrow.PrimitiveTypes.Uint8, {16, false}: arrow.PrimitiveTypes.Uint16,
	{32, false}: arrow.PrimitiveTypes.Uint32, {64, false}: arrow.PrimitiveTypes.Uint64,
}

var floatTypes = []arrow.DataType{arrow.FixedWidthTypes.Float16, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64}

func parseType(f flatTable, column bool) (arrow.DataType, error) {
	t, code := f.table(3), f.byte(2)
	switch code {
	case 2:
		if kind := intTypes[intKind{t.int(0), t.byte(1) != 0}]; kind != nil {
			return kind, nil
		}
	case 3:
		if p := t.short(0); p < len(floatTypes) {
			return floatTypes[p], nil
		}
	case 5:
		return arrow.BinaryTypes.String, nil
	case 6:
		return arrow.FixedWidthTypes.Boolean, nil
	case 10:
		if unit := t.short(0); unit <= int(arrow.Nanosecond) {
			return &arrow.TimestampType{Unit: arrow.TimeUnit(unit), TimeZone: t.text(1)}, nil
		}
	case 12, 16:
		children := f.tables(5, 1)
		if len(children) != 1 || !column {
			break
		}
		item, err := parseField(children[0], false)
		if err != nil {
			return nil, err
		}
		if code == 12 {
			return arrow.ListOfField(item), nil
		}
		if n := t.int(0); n > 0 && item.Type.ID() != arrow.STRING {
			return arrow.FixedSizeListOfField(int32(n), item), nil
		}
	}
	return nil, fmt.Errorf("its type (Arrow's number %d) is none that a run's columns have", code)
}

// metadata gives the key-value pairs that are field n of a table, in order.
func (t flatTable) metadata(n int) arrow.Metadata {
	var keys, values []string
	for _, pair := range t.tables(n, 8) {
		keys, values = append(keys, pair.text(0)), append(values, pair.textOf(1, maxMetadata))
	}
	return arrow.NewMetadata(keys, values)
}
