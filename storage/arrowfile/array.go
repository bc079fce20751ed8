package arrowfile

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Array reads rows of a column of a record batch, and nothing else of it, into
// memory that the result owns.
func (t *File) Array(batch, column int, rows Span) (arrow.Array, error) {
	return t.padded(batch, column, rows, false)
}

func (t *File) padded(batch, column int, rows Span, padding bool) (arrow.Array, error) {
	field := t.schema.Field(column)
	b, err := t.batch(batch)
	if err != nil {
		return nil, err
	}
	skip := rows.From % 8 // bits come in bytes
	r := &arrayReader{t.walk(b, column), padding}
	data, err := r.load(field.Type, rows.From-skip, rows.To-rows.From+skip)
	if err == nil {
		data = array.NewSliceData(data, skip, skip+rows.To-rows.From)
		if kind, ok := field.Type.(*arrow.DictionaryType); ok {
			return t.dictionaryArray(kind, column, data)
		}
		return array.MakeFromData(data), nil
	}
	return nil, t.Damaged(fmt.Sprintf("record batch %d, column %q", batch, field.Name), err)
}

// Record reads a record batch, which is written again with the same bytes.
func (t *File) Record(batch int) (arrow.Record, error) {
	var columns []arrow.Array
	rows := t.batches[batch].Rows
	for c := range t.schema.Fields() {
		a, err := t.padded(batch, c, Span{0, rows}, true)
		if err != nil {
			return nil, err
		}
		columns = append(columns, a)
	}
	return array.NewRecord(t.schema.Schema, columns, rows), nil
}

func (t *File) dictionaryArray(kind *arrow.DictionaryType, column int, codes arrow.ArrayData) (arrow.Array, error) {
	name := t.schema.Field(column).Name
	values, err := t.Dictionary(column)
	if err != nil {
		return nil, err
	}
	out := array.NewDictionaryArray(kind, array.MakeFromData(codes), Strings(values))
	for i := range out.Len() {
		if code := out.GetValueIndex(i); out.IsValid(i) && (code < 0 || code >= len(values)) {
			return nil, t.Damaged(fmt.Sprintf("column %q", name), fmt.Errorf("the code %d, and there are %d", code, len(values)))
		}
	}
	return out, nil
}

// arrayReader reads rows of the columns of a batch that its schema fits.
type arrayReader struct {
	walk
	padding bool // buffers are read to their end, to be written as they were
}

// load reads rows of a field and its children. from is a multiple of 8 where the
// field holds nulls or bits.
func (r *arrayReader) load(t arrow.DataType, from, rows int64) (arrow.ArrayData, error) {
	if kind, ok := t.(*arrow.DictionaryType); ok {
		t = kind.IndexType
	}
	if rows == 0 { // of a list whose rows are all empty; its buffers may be missing
		return array.NewBuilder(memory.DefaultAllocator, t).NewArray().Data(), nil
	}
	node, err := r.nextNode()
	if err != nil {
		return nil, err
	}
	if rows > node.rows-from {
		return nil, fmt.Errorf("has %d items where %d are needed", node.rows, from+rows)
	}
	valid, nulls, err := r.validity(node, from, rows)
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case *arrow.FixedSizeListType:
		n := int64(t.Len())
		child, err := r.load(t.Elem(), from*n, rows*n)
		if err != nil {
			return nil, err
		}
		return array.NewData(t, int(rows), []*memory.Buffer{valid}, []arrow.ArrayData{child}, nulls, 0), nil
	case *arrow.ListType, *arrow.StringType:
		offsets, err := r.next(from*4, (rows+1)*4)
		if err != nil {
			return nil, err
		}
		first, end, err := rebase(offsets.Bytes()[:(rows+1)*4])
		if err != nil {
			return nil, err
		}
		if list, ok := t.(*arrow.ListType); ok {
			skip := first % 8
			child, err := r.load(list.Elem(), first-skip, end-first+skip)
			if err != nil {
				return nil, err
			}
			child = array.NewSliceData(child, min(skip, int64(child.Len())), int64(child.Len()))
			return array.NewData(t, int(rows), []*memory.Buffer{valid, offsets}, []arrow.ArrayData{child}, nulls, 0), nil
		}
		text, err := r.next(first, end-first)
		return array.NewData(t, int(rows), []*memory.Buffer{valid, offsets, text}, nil, nulls, 0), err
	}
	width := int64(t.(arrow.FixedWidthDataType).BitWidth())
	values, err := r.next(from*width/8, (rows*width+7)/8)
	return array.NewData(t, int(rows), []*memory.Buffer{valid, values}, nil, nulls, 0), err
}

// validity reads which rows are not null; nil where all are.
func (r *arrayReader) validity(node arrowNode, from, rows int64) (*memory.Buffer, int, error) {
	if node.nulls == 0 {
		_, err := r.NextBuffer(0)
		return nil, 0, err
	}
	if from%8 != 0 {
		return nil, 0, errors.New("has a null in a list of fixed size, which a run never has")
	}
	valid, err := r.next(from/8, (rows+7)/8)
	return valid, array.UnknownNullCount, err
}

// next reads a part of the next buffer.
func (r *arrayReader) next(from, size int64) (*memory.Buffer, error) {
	b, err := r.NextBuffer(from + size)
	if err != nil {
		return nil, err
	}
	if r.padding {
		size = b.Length - from
	}
	out, err := r.take(nil, b.At+from, size)
	return memory.NewBufferBytes(out), err
}

// rebase makes offsets begin at 0 and gives the range they had. They must ascend.
func rebase(offsets []byte) (first, end int64, err error) {
	at := binary.LittleEndian
	begin := int32(at.Uint32(offsets))
	last := begin
	for i := 0; i < len(offsets); i += 4 {
		offset := int32(at.Uint32(offsets[i:]))
		if offset < last || begin < 0 {
			return 0, 0, errors.New("has a text or list that ends before it begins")
		}
		at.PutUint32(offsets[i:], uint32(offset-begin))
		last = offset
	}
	return int64(begin), int64(last), nil
}
