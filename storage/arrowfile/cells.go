package arrowfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
)

// Values are the values of a column in memory: of fixed width; of text nothing.
type Values struct {
	valid []byte // a bitmap; nil where nothing is null
	Bytes []byte
}

// Null says whether value i is null.
func (c Values) Null(i int) bool {
	return c.valid != nil && c.valid[i/8]>>(i%8)&1 == 0
}

// Int8 gives value i of a column of int8, or of codes.
func (c Values) Int8(i int) int8 { return int8(c.Bytes[i]) }

// Bool gives value i of a column of bool.
func (c Values) Bool(i int) bool { return c.Bytes[i/8]>>(i%8)&1 == 1 }

// Int32 gives value i of a column of int32.
func (c Values) Int32(i int) int32 { return int32(binary.LittleEndian.Uint32(c.Bytes[4*i:])) }

// Int64 gives value i of a column of int64.
func (c Values) Int64(i int) int64 { return int64(binary.LittleEndian.Uint64(c.Bytes[8*i:])) }

// BatchReader reads the columns of a batch in turn. It promises that rows are as
// many as the batch says, that nulls are only where they may be, and that what is
// read lies in its buffers.
type BatchReader struct {
	walk
	First int64  // row of the file at which the batch begins
	Text  []byte // reused
}

// NewBatchReader reads the columns of a batch from the first on; first is the row of the
// file at which the batch begins, and text memory that is used again.
func NewBatchReader(s source, b *BatchHeader, first int64, text []byte) *BatchReader {
	return &BatchReader{walk: walk{source: s, BatchHeader: b}, First: first, Text: text}
}

// Valid reads what comes first of every column: how many rows, and which are null.
func (r *BatchReader) Valid(rows int64, nullable bool) (c Values, err error) {
	node, err := r.nextNode()
	if err != nil {
		return c, err
	}
	if node.rows != rows || node.nulls < 0 || node.nulls > rows {
		return c, fmt.Errorf("has %d rows, %d null, in a batch of %d", node.rows, node.nulls, rows)
	}
	if node.nulls > 0 && !nullable {
		return c, fmt.Errorf("has %d nulls and may have none", node.nulls)
	}
	if c.valid, err = r.valid(node, 0, (rows+7)/8); err != nil || node.nulls == 0 {
		return c, err
	}
	nulls := rows
	for i, x := range c.valid {
		if used := rows - 8*int64(i); used < 8 {
			x &= 1<<used - 1
		}
		nulls -= int64(bits.OnesCount8(x))
	}
	if nulls != node.nulls {
		return c, fmt.Errorf("says it has %d nulls and has %d", node.nulls, nulls)
	}
	return c, nil
}

// fixed reads a column whose values have so many bits.
func (r *BatchReader) fixed(rows int64, width int, nullable bool) (Values, error) {
	c, err := r.Valid(rows, nullable)
	if err != nil {
		return c, err
	}
	need := (rows*int64(width) + 7) / 8
	b, err := r.NextBuffer(need)
	if err == nil {
		c.Bytes, err = r.take(nil, b.At, need)
	}
	return c, err
}

// Plain reads a column of any type but tensors: texts and the items of lists are
// given to each, if there is one, and of anything else the cells are the result.
func (r *BatchReader) Plain(f arrow.Field, each func(i int, text []byte)) (Values, error) {
	switch t := f.Type.(type) {
	case *arrow.StringType:
		return Values{}, r.texts(r.Rows, f.Nullable, each)
	case *arrow.ListType:
		return Values{}, r.lists(r.Rows, t.Elem(), each)
	case *arrow.DictionaryType:
		return r.fixed(r.Rows, 8, f.Nullable)
	case arrow.FixedWidthDataType:
		return r.fixed(r.Rows, t.BitWidth(), f.Nullable)
	}
	return Values{}, fmt.Errorf("is %s", f.Type)
}

// FloatOrNaN gives value i of a column of float32, NaN where it is null.
func (c Values) FloatOrNaN(i int) float32 {
	if c.Null(i) {
		return float32(math.NaN())
	}
	return math.Float32frombits(uint32(c.Int32(i)))
}

// Plain reads a column of a record batch, which is as want has it.
func (t *File) Plain(b *BatchHeader, first int64, want arrow.Field, each func(i int, text []byte)) (Values, error) {
	c, err := t.Index(want.Name)
	if err != nil {
		return Values{}, err
	}
	if kind := t.schema.Field(c).Type; !arrow.TypeEqual(kind, want.Type) {
		return Values{}, fmt.Errorf("column %q is %s, not %s", want.Name, kind, want.Type)
	}
	r := &BatchReader{walk: t.walk(b, c), First: first}
	out, err := r.Plain(want, each)
	if err != nil {
		err = fmt.Errorf("column %q: %w", want.Name, err)
	}
	return out, err
}

// Int32Or gives another value where there is no such column.
func (c Values) Int32Or(absent int32, i int) int32 {
	if c.Bytes == nil {
		return absent
	}
	return c.Int32(i)
}

func (c Values) int64OrNil(i int) *int64 {
	if c.Null(i) {
		return nil
	}
	x := c.Int64(i)
	return &x
}

// FloatOrNil gives value i of a column of float64, nil where it is null.
func (c Values) FloatOrNil(i int) *float64 {
	if c.Null(i) {
		return nil
	}
	x := FloatOf(c.Bytes[8*i:])
	return &x
}

// FloatOf gives the float64 that lies in eight bytes.
func FloatOf(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
