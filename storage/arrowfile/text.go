package arrowfile

import (
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
)

// MaxText is how long one value may be, so that a damaged file asks for no more
// memory; textBytes is how much of several is read at once.
const (
	MaxText   = 64 << 20
	textBytes = 1 << 18
)

// offsets reads the offsets of a column of texts or lists, which begin at 0.
func (r *BatchReader) offsets(rows int64) (Values, int64, error) {
	need := 4 * (rows + 1)
	if rows == 0 {
		need = 0
	}
	b, err := r.NextBuffer(need)
	if err != nil || rows == 0 {
		return Values{}, 0, err
	}
	c := Values{}
	if c.Bytes, err = r.take(nil, b.At, need); err != nil {
		return c, 0, err
	}
	last := int32(0)
	for i := range int(rows) + 1 {
		if at := c.Int32(i); at < last || i == 0 && at != 0 {
			return c, 0, fmt.Errorf("row %d begins at %d", r.First+int64(i), at)
		}
		last = c.Int32(i)
	}
	return c, int64(last), nil
}

// texts hands the values of a column of texts to each, with their row in the
// batch; none that is null. A text is valid UTF-8, and only during the call.
func (r *BatchReader) texts(rows int64, nullable bool, each func(i int, text []byte)) error {
	c, err := r.Valid(rows, nullable)
	if err != nil {
		return err
	}
	offsets, length, err := r.offsets(rows)
	if err != nil {
		return err
	}
	b, err := r.NextBuffer(length)
	if err != nil {
		return err
	}
	for i := 0; i < int(rows); {
		from, end := offsets.Int32(i), i+1
		for end < int(rows) && offsets.Int32(end+1)-from <= textBytes {
			end++
		}
		n := int64(offsets.Int32(end) - from)
		if n > MaxText {
			return fmt.Errorf("row %d has %d bytes", r.First+int64(i), n)
		}
		if r.Text, err = r.take(r.Text, b.At+int64(from), n); err != nil {
			return err
		}
		for ; i < end; i++ {
			if c.Null(i) {
				continue
			}
			text := r.Text[offsets.Int32(i)-from : offsets.Int32(i+1)-from]
			if !utf8.Valid(text) {
				return fmt.Errorf("row %d is not UTF-8", r.First+int64(i))
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
func (r *BatchReader) lists(rows int64, of arrow.DataType, each func(i int, item []byte)) error {
	if _, err := r.Valid(rows, false); err != nil {
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
		for int(offsets.Int32(row+1)) <= item {
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
		give(i, c.Bytes[size*i:size*(i+1)])
	}
	return err
}
