package arrowfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// ReadColumn reads rows [from, to) of a column whose rows have a fixed number of
// bytes (ColumnInfo.RowBytes), such as tensors or sample_id, as they lie in the
// file: little-endian, row-major, one row after another. into is the caller's and
// has (to-from)*RowBytes bytes. Of the file nothing else is read but the headers
// of the record batches that the rows lie in. It is an error if one of them is null.
func (t *File) ReadColumn(column string, from, to int64, into []byte) error {
	c, err := t.Index(column)
	if err != nil {
		return err
	}
	size := int64(t.schema.columns[c].RowBytes)
	if size == 0 {
		return fmt.Errorf("%s: column %q holds %s, of which no bytes can be read", t.path, column, t.schema.Field(c).Type)
	}
	if to < from || int64(len(into))/size != to-from || int64(len(into))%size != 0 {
		return fmt.Errorf("%s: %d bytes for rows %d to %d of %d bytes each", t.path, len(into), from, to, size)
	}
	return t.Each(from, to, func(_ int, b *BatchHeader, rows Span) error {
		w := t.walk(b, c)
		if err := w.noNull(rows); err != nil {
			return fmt.Errorf("column %q: %w", column, err)
		}
		if t.schema.Field(c).Type.ID() == arrow.FIXED_SIZE_LIST {
			items, err := w.nextNode()
			if err == nil {
				_, err = w.NextBuffer(0)
			}
			if err != nil {
				return fmt.Errorf("column %q %w", column, err)
			}
			if items.nulls > 0 {
				return fmt.Errorf("column %q has %d nulls within its rows", column, items.nulls)
			}
		}
		n := (rows.To - rows.From) * size
		values, err := w.NextBuffer(rows.To * size)
		if err == nil {
			_, err = w.take(into[:n:n], values.At+rows.From*size, n)
		}
		into = into[n:]
		return err
	})
}

// noNull says which of some rows of the field at hand is null.
func (w *walk) noNull(rows Span) error {
	node, err := w.nextNode()
	if err != nil {
		return err
	}
	first := rows.From / 8
	valid, err := w.valid(node, first, (rows.To+7)/8)
	if err != nil || valid == nil {
		return err
	}
	c := Values{valid: valid}
	for i := rows.From; i < rows.To; i++ {
		if c.Null(int(i - 8*first)) {
			return fmt.Errorf("row %d is null", i)
		}
	}
	return nil
}

// floatBytes is how much of a column is converted at once.
const floatBytes = 1 << 20

// Tensor describes a column of tensors.
func (t *File) Tensor(column string) (*Column, error) {
	c, err := t.Index(column)
	if err != nil {
		return nil, err
	}
	of := t.schema.columns[c].Tensor
	if of == nil {
		return nil, fmt.Errorf("%s: column %q holds %s, not tensors", t.path, column, t.schema.Field(c).Type)
	}
	return of, nil
}

// ReadFloats reads rows of a column of tensors as float32.
func (t *File) ReadFloats(column string, from, to int64) ([]float32, *Column, error) {
	of, err := t.Tensor(column)
	if err != nil {
		return nil, nil, err
	}
	out, err := t.AppendFloats(make([]float32, 0, (to-from)*int64(of.Elements())), column, from, to)
	return out, of, err
}

// AppendFloats appends rows of a column of tensors as float32.
func (t *File) AppendFloats(out []float32, column string, from, to int64) ([]float32, error) {
	of, err := t.Tensor(column)
	if err != nil {
		return nil, err
	}
	size := int64(of.RowBytes())
	buffer := make([]byte, min(max(1, floatBytes/size), to-from)*size)
	for from < to {
		n := min(to-from, int64(len(buffer))/size)
		if err := t.ReadColumn(column, from, from+n, buffer[:n*size]); err != nil {
			return nil, err
		}
		out = decodeFloats(out, buffer[:n*size], of.DType)
		from += n
	}
	return out, nil
}

func decodeFloats(out []float32, b []byte, of DType) []float32 {
	le := binary.LittleEndian
	at, n := len(out), len(b)/of.Bytes()
	out = slices.Grow(out, n)[:at+n]
	to := out[at:]
	switch of {
	case Float32:
		for i := range to {
			to[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
	case Float16:
		for i := range to {
			to[i] = half(le.Uint16(b[2*i:]))
		}
	case Int32:
		for i := range to {
			to[i] = float32(int32(le.Uint32(b[4*i:])))
		}
	}
	return out
}

// half gives a float16 as float32, without loss. It is what float16.Float16.Float32 gives, in
// about half the time.
func half(h uint16) float32 {
	sign, rest := uint32(h&0x8000)<<16, uint32(h&0x7fff)
	switch rest >> 10 {
	case 0: // zero, or subnormal: multiples of 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(rest)*0x1p-24))
	case 31: // infinite, or NaN, which becomes a quiet one
		if rest != 0x7c00 {
			rest |= 0x200
		}
		return math.Float32frombits(sign | 0xff<<23 | rest&0x3ff<<13)
	}
	return math.Float32frombits(sign | rest<<13 + (127-15)<<23)
}
