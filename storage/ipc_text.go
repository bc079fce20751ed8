package storage

import (
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
)

// maxText is how long one value may be, so that a damaged file asks for no more
// memory; textBytes is how much of several is read at once.
const (
	maxText   = 64 << 20
	textBytes = 1 << 18
)

// offsets reads the offsets of a column of texts or lists, which begin at 0.
func (r *batchReader) offsets(rows int64) (cells, int64, error) {
	need := 4 * (rows + 1)
	if rows == 0 {
		need = 0
	}
	b, err := r.nextBuffer(need)
	if err != nil || rows == 0 {
		return cells{}, 0, err
	}
	c := cells{}
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
	b, err := r.nextBuffer(length)
	if err != nil {
		return err
	}
	for i := 0; i < int(rows); {
		from, end := offsets.int32(i), i+1
		for end < int(rows) && offsets.int32(end+1)-from <= textBytes {
			end++
		}
		n := int64(offsets.int32(end) - from)
		if n > maxText {
			return fmt.Errorf("row %d has %d bytes", r.first+int64(i), n)
		}
		if r.text, err = r.take(r.text, b.at+int64(from), n); err != nil {
			return err
		}
		for ; i < end; i++ {
			if c.null(i) {
				continue
			}
			text := r.text[offsets.int32(i)-from : offsets.int32(i+1)-from]
			if !utf8.Valid(text) {
				return fmt.Errorf("row %d is not UTF-8", r.first+int64(i))
			}
			if each != nil {
				each(i, text)
			}
		}
	}
	return nil
}

// lists hands the items of a column of lists to each, with the row of their list:
// texts, or the bytes of numbers.
func (r *batchReader) lists(rows int64, of arrow.DataType, each func(i int, item []byte)) error {
	if _, err := r.valid(rows, false); err != nil {
		return err
	}
	offsets, items, err := r.offsets(rows)
	if err != nil {
		return err
	}
	if items > maxBatchRows {
		return fmt.Errorf("has %d items", items)
	}
	row := 0
	give := func(item int, bytes []byte) {
		for int(offsets.int32(row+1)) <= item {
			row++
		}
		if each != nil {
			each(row, bytes)
		}
	}
	fixed, ok := of.(arrow.FixedWidthDataType)
	if !ok {
		return r.texts(items, false, give)
	}
	size := fixed.BitWidth() / 8
	c, err := r.fixed(items, 8*size, false)
	for i := 0; err == nil && i < int(items); i++ {
		give(i, c.bytes[size*i:size*(i+1)])
	}
	return err
}
