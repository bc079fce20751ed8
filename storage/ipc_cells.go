package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/apache/arrow/go/v17/arrow"
)

// cells are the values of a column in memory: of fixed width; of text nothing.
type cells struct {
	valid []byte // a bitmap; nil where nothing is null
	bytes []byte
}

func (c cells) null(i int) bool {
	return c.valid != nil && c.valid[i/8]>>(i%8)&1 == 0
}
func (c cells) int8(i int) int8   { return int8(c.bytes[i]) }
func (c cells) bool(i int) bool   { return c.bytes[i/8]>>(i%8)&1 == 1 }
func (c cells) int32(i int) int32 { return int32(binary.LittleEndian.Uint32(c.bytes[4*i:])) }
func (c cells) int64(i int) int64 { return int64(binary.LittleEndian.Uint64(c.bytes[8*i:])) }

// batchReader reads the columns of a batch in turn. It promises that rows are as
// many as the batch says, that nulls are only where they may be, and that what is
// read lies in its buffers.
type batchReader struct {
	source
	*arrowBatch
	cursor
	first int64  // row of the file at which the batch begins
	text  []byte // reused
}

func (r *batchReader) nextNode() (arrowNode, error) {
	if r.node >= len(r.nodes) {
		return arrowNode{}, errors.New("is missing from the batch")
	}
	r.node++
	return r.nodes[r.node-1], nil
}

// nextBuffer gives the next buffer, of at least so many bytes.
func (r *batchReader) nextBuffer(need int64) (arrowSpan, error) {
	if r.buffer >= len(r.buffers) {
		return arrowSpan{}, errors.New("is missing from the batch")
	}
	b := r.buffers[r.buffer]
	r.buffer++
	if b.length < need {
		return b, fmt.Errorf("has %d bytes where %d are needed", b.length, need)
	}
	return b, nil
}

// valid reads what comes first of every column: how many rows, and which are null.
func (r *batchReader) valid(rows int64, nullable bool) (c cells, err error) {
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
	need := int64(0)
	if node.nulls > 0 {
		need = (rows + 7) / 8
	}
	b, err := r.nextBuffer(need)
	if err != nil || node.nulls == 0 {
		return c, err
	}
	if c.valid, err = r.take(nil, b.at, need); err != nil {
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
func (r *batchReader) fixed(rows int64, width int, nullable bool) (cells, error) {
	c, err := r.valid(rows, nullable)
	if err != nil {
		return c, err
	}
	need := (rows*int64(width) + 7) / 8
	b, err := r.nextBuffer(need)
	if err == nil {
		c.bytes, err = r.take(nil, b.at, need)
	}
	return c, err
}

// plain reads a column of any type but tensors: texts and the items of lists are
// given to each, if there is one, and of anything else the cells are the result.
func (r *batchReader) plain(f arrow.Field, each func(i int, text []byte)) (cells, error) {
	switch t := f.Type.(type) {
	case *arrow.StringType:
		return cells{}, r.texts(r.rows, f.Nullable, each)
	case *arrow.ListType:
		return cells{}, r.lists(r.rows, t.Elem(), each)
	case *arrow.DictionaryType:
		return r.fixed(r.rows, 8, f.Nullable)
	case arrow.FixedWidthDataType:
		return r.fixed(r.rows, t.BitWidth(), f.Nullable)
	}
	return cells{}, fmt.Errorf("is %s", f.Type)
}

func (c cells) floatOrNaN(i int) float32 {
	if c.null(i) {
		return float32(math.NaN())
	}
	return math.Float32frombits(uint32(c.int32(i)))
}

// plain reads a column of a record batch, which is as want has it.
func (t *Table) plain(b *arrowBatch, first int64, want arrow.Field, each func(i int, text []byte)) (cells, error) {
	c, err := t.column(want.Name)
	if err != nil {
		return cells{}, err
	}
	if kind := t.schema.Field(c).Type; !arrow.TypeEqual(kind, want.Type) {
		return cells{}, fmt.Errorf("column %q is %s, not %s", want.Name, kind, want.Type)
	}
	r := &batchReader{source: t.file, arrowBatch: b, cursor: t.schema.starts[c], first: first}
	out, err := r.plain(want, each)
	if err != nil {
		err = fmt.Errorf("column %q: %w", want.Name, err)
	}
	return out, err
}

// int32Or gives another value where there is no such column.
func (c cells) int32Or(absent int32, i int) int32 {
	if c.bytes == nil {
		return absent
	}
	return c.int32(i)
}

func (c cells) int64OrNil(i int) *int64 {
	if c.null(i) {
		return nil
	}
	x := c.int64(i)
	return &x
}

func (c cells) floatOrNil(i int) *float64 {
	if c.null(i) {
		return nil
	}
	x := floatOf(c.bytes[8*i:])
	return &x
}

func floatOf(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
