package storage

import (
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
)

// What a batch may hold, so that a damaged one asks for no more memory.
const (
	maxBatchRows = 1 << 22
	maxText      = 64 << 20 // one value
)

// batchReader reads the columns of a batch in turn. It promises that rows are as
// many as the batch says, that nulls are only where they may be, and that what is
// read lies in its buffers.
type batchReader struct {
	*fileStream
	*arrowBatch
	first int64  // row of the file at which the batch begins
	text  []byte // reused
}

func (r *batchReader) node() (arrowNode, error) {
	if len(r.nodes) == 0 {
		return arrowNode{}, errors.New("is missing from the batch")
	}
	n := r.nodes[0]
	r.nodes = r.nodes[1:]
	return n, nil
}

// buffer gives the next buffer, of at least so many bytes.
func (r *batchReader) buffer(need int64) (arrowSpan, error) {
	if len(r.buffers) == 0 {
		return arrowSpan{}, errors.New("is missing from the batch")
	}
	b := r.buffers[0]
	r.buffers = r.buffers[1:]
	if b.length < need {
		return b, fmt.Errorf("has %d bytes where %d are needed", b.length, need)
	}
	return b, nil
}

// valid reads what comes first of every column: how many rows, and which are null.
func (r *batchReader) valid(rows int64, nullable bool) (c verifyColumn, err error) {
	node, err := r.node()
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
	b, err := r.buffer(need)
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
func (r *batchReader) fixed(rows int64, width int, nullable bool) (verifyColumn, error) {
	c, err := r.valid(rows, nullable)
	if err != nil {
		return c, err
	}
	need := (rows*int64(width) + 7) / 8
	b, err := r.buffer(need)
	if err == nil {
		c.bytes, err = r.take(nil, b.at, need)
	}
	return c, err
}

// offsets reads the offsets of a column of texts or lists, which begin at 0.
func (r *batchReader) offsets(rows int64) (verifyColumn, int64, error) {
	need := 4 * (rows + 1)
	if rows == 0 {
		need = 0
	}
	b, err := r.buffer(need)
	if err != nil || rows == 0 {
		return verifyColumn{}, 0, err
	}
	c := verifyColumn{}
	if c.bytes, err = r.take(nil, b.at, need); err != nil {
		return c, 0, err
	}
	last := int32(0)
	for i := range int(rows) + 1 {
		if at := c.int32(i); at < last || i == 0 && at != 0 {
			return c, 0, fmt.Errorf("row %d begins at %d", r.first+int64(i), at)
		}
		last = c.int32(i)
	}
	return c, int64(last), nil
}

// texts hands the values of a column of texts to each, with their row in the
// batch; none that is null. A text is valid UTF-8, and only during the call.
func (r *batchReader) texts(rows int64, nullable bool, each func(i int, text []byte)) error {
	c, err := r.valid(rows, nullable)
	if err != nil {
		return err
	}
	offsets, length, err := r.offsets(rows)
	if err != nil {
		return err
	}
	b, err := r.buffer(length)
	if err != nil {
		return err
	}
	for i := range int(rows) {
		at, n := int64(offsets.int32(i)), int64(offsets.int32(i+1)-offsets.int32(i))
		if n > maxText {
			return fmt.Errorf("row %d has %d bytes", r.first+int64(i), n)
		}
		if r.text, err = r.take(r.text, b.at+at, n); err != nil {
			return err
		}
		if c.null(i) {
			continue
		}
		if !utf8.Valid(r.text) {
			return fmt.Errorf("row %d is not UTF-8", r.first+int64(i))
		}
		if each != nil {
			each(i, r.text)
		}
	}
	return nil
}

// lists checks a column of lists of texts.
func (r *batchReader) lists(rows int64) error {
	if _, err := r.valid(rows, false); err != nil {
		return err
	}
	_, items, err := r.offsets(rows)
	if err != nil {
		return err
	}
	if items > maxBatchRows {
		return fmt.Errorf("has %d items", items)
	}
	return r.texts(items, false, nil)
}

// plain reads a column of any type but tensors.
func (r *batchReader) plain(f arrow.Field, each func(i int, text []byte)) (verifyColumn, error) {
	switch t := f.Type.(type) {
	case *arrow.StringType:
		return verifyColumn{}, r.texts(r.rows, f.Nullable, each)
	case *arrow.ListType:
		return verifyColumn{}, r.lists(r.rows)
	case *arrow.DictionaryType:
		return r.fixed(r.rows, 8, f.Nullable)
	case arrow.FixedWidthDataType:
		return r.fixed(r.rows, t.BitWidth(), f.Nullable)
	}
	return verifyColumn{}, fmt.Errorf("is %s", f.Type)
}
