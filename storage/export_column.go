package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// columnBatch is a record batch of which rows of single columns are read.
type columnBatch struct {
	file     *columnFile
	at, size int64 // of the buffers, together
	rows     int64
	nulls    []int64 // of each field and its children, depth first
	buffers  []extent
}

// extent is where a buffer lies within its record batch.
type extent struct{ at, size int64 }

// dictionaryValues are the dictionaries of a run's files, which docs/format.md
// promises.
var dictionaryValues = map[string]arrow.Array{"phase": stringArray(Phases), "role": stringArray(Roles)}

// column reads rows of a column.
func (b *columnBatch) column(column int, from, rows int64) (a arrow.Array, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("storage: the file is damaged: %v", e)
		}
	}()
	var at cursor
	for _, f := range b.file.schema.Fields()[:column] {
		at.skip(f.Type)
	}
	field := b.file.schema.Field(column)
	skip := from % 8 // bits come in bytes
	data, err := b.load(&at, field.Type, from-skip, rows+skip)
	if err != nil {
		return nil, err
	}
	if kind, ok := field.Type.(*arrow.DictionaryType); ok {
		return b.dictionary(field.Name, kind, array.NewSliceData(data, skip, skip+rows))
	}
	return array.MakeFromData(array.NewSliceData(data, skip, skip+rows)), nil
}

func (b *columnBatch) dictionary(name string, kind *arrow.DictionaryType, codes arrow.ArrayData) (arrow.Array, error) {
	values, index := dictionaryValues[name], array.NewInt8Data(codes)
	if values == nil {
		return nil, fmt.Errorf("storage: column %q is no column of a run", name)
	}
	for _, code := range index.Int8Values() {
		if code < 0 || int(code) >= values.Len() {
			return nil, fmt.Errorf("storage: %s %d is none of %d: the file is damaged", name, code, values.Len())
		}
	}
	return array.NewDictionaryArray(kind, index, values), nil
}

// cursor counts the nodes and buffers of the fields that come before.
type cursor struct{ node, buffer int }

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

// load reads rows of a field and its children. from is a multiple of 8 where the
// field holds nulls or bits.
func (b *columnBatch) load(at *cursor, t arrow.DataType, from, rows int64) (arrow.ArrayData, error) {
	if kind, ok := t.(*arrow.DictionaryType); ok {
		t = kind.IndexType
	}
	if rows == 0 { // of a list whose rows are all empty; its buffers may be missing
		return array.NewBuilder(memory.DefaultAllocator, t).NewArray().Data(), nil
	}
	valid, nulls, err := b.validity(at, from, rows)
	if err != nil {
		return nil, err
	}
	next := func(from, size int64) (*memory.Buffer, error) {
		at.buffer++
		return b.bytes(at.buffer-1, from, size)
	}
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		n := int64(t.Len())
		child, err := b.load(at, t.Elem(), from*n, rows*n)
		return array.NewData(t, int(rows), []*memory.Buffer{valid}, []arrow.ArrayData{child}, nulls, 0), err
	case *arrow.ListType, *arrow.StringType:
		offsets, err := next(from*4, (rows+1)*4)
		if err != nil {
			return nil, err
		}
		first, end, err := rebase(offsets.Bytes())
		if err != nil {
			return nil, err
		}
		if list, ok := t.(*arrow.ListType); ok {
			child, err := b.load(at, list.Elem(), first, end-first)
			return array.NewData(t, int(rows), []*memory.Buffer{valid, offsets}, []arrow.ArrayData{child}, nulls, 0), err
		}
		text, err := next(first, end-first)
		return array.NewData(t, int(rows), []*memory.Buffer{valid, offsets, text}, nil, nulls, 0), err
	case arrow.FixedWidthDataType:
		bits := int64(t.BitWidth())
		values, err := next(from*bits/8, (rows*bits+7)/8)
		return array.NewData(t, int(rows), []*memory.Buffer{valid, values}, nil, nulls, 0), err
	}
	return nil, fmt.Errorf("storage: a column of %s is no column of a run", t)
}

// validity reads which rows are not null; nil where all are.
func (b *columnBatch) validity(at *cursor, from, rows int64) (*memory.Buffer, int, error) {
	nulls := b.nulls[at.node]
	at.node++
	at.buffer++
	if nulls == 0 {
		return nil, 0, nil
	}
	if from%8 != 0 {
		return nil, 0, fmt.Errorf("storage: a null in a list, which a run never has")
	}
	valid, err := b.bytes(at.buffer-1, from/8, (rows+7)/8)
	return valid, array.UnknownNullCount, err
}

// rebase makes offsets begin at 0 and gives the range they had. They must ascend.
func rebase(offsets []byte) (first, end int64, err error) {
	at := binary.LittleEndian
	begin := at.Uint32(offsets)
	last := begin
	for i := 0; i < len(offsets); i += 4 {
		offset := at.Uint32(offsets[i:])
		if offset < last {
			return 0, 0, errors.New("storage: a text or list ends before it begins: the file is damaged")
		}
		at.PutUint32(offsets[i:], offset-begin)
		last = offset
	}
	return int64(begin), int64(last), nil
}

// bytes reads a part of a buffer.
func (b *columnBatch) bytes(buffer int, from, size int64) (*memory.Buffer, error) {
	p := b.buffers[buffer]
	if p.at < 0 || from < 0 || size < 0 || from+size > p.size || p.at+p.size > b.size {
		return nil, fmt.Errorf("storage: a buffer ends before its rows: the file is damaged")
	}
	out, err := b.file.read(b.at+p.at+from, size)
	return memory.NewBufferBytes(out), err
}
