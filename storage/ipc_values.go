package storage

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/x448/float16"
)

// ReadColumn reads rows [from, to) of a column whose rows have a fixed number of
// bytes (ColumnInfo.RowBytes), such as tensors or sample_id, as they lie in the
// file: little-endian, row-major, one row after another. into is the caller's and
// has (to-from)*RowBytes bytes. Of the file nothing else is read but the headers
// of the record batches that the rows lie in. It is an error if one of them is null.
func (t *Table) ReadColumn(column string, from, to int64, into []byte) error {
	c, err := t.column(column)
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
	return t.each(from, to, func(_ int, b *arrowBatch, rows span) error {
		at := t.schema.starts[c]
		if err := t.noNull(b, at, rows); err != nil {
			return fmt.Errorf("column %q: %w", column, err)
		}
		buffer := at.buffer + 1
		if t.schema.Field(c).Type.ID() == arrow.FIXED_SIZE_LIST {
			if n := b.nodes[at.node+1].nulls; n > 0 {
				return fmt.Errorf("column %q has %d nulls within its rows", column, n)
			}
			buffer++
		}
		n := (rows.to - rows.from) * size
		_, err := t.file.take(into[:n:n], b.buffers[buffer].at+rows.from*size, n)
		into = into[n:]
		return err
	})
}

// noNull says which of some rows of a batch is null.
func (t *Table) noNull(b *arrowBatch, at cursor, rows span) error {
	if b.nodes[at.node].nulls == 0 || rows.from == rows.to {
		return nil
	}
	first := rows.from / 8
	valid, err := t.file.take(nil, b.buffers[at.buffer].at+first, (rows.to+7)/8-first)
	if err != nil {
		return err
	}
	c := cells{valid: valid}
	for i := rows.from; i < rows.to; i++ {
		if c.null(int(i - 8*first)) {
			return fmt.Errorf("row %d is null", i)
		}
	}
	return nil
}

// floatBytes is how much of a column is converted at once.
const floatBytes = 1 << 20

// tensor describes a column of tensors.
func (t *Table) tensor(column string) (*Column, error) {
	c, err := t.column(column)
	if err != nil {
		return nil, err
	}
	of := t.schema.columns[c].Tensor
	if of == nil {
		return nil, fmt.Errorf("%s: column %q holds %s, not tensors", t.path, column, t.schema.Field(c).Type)
	}
	return of, nil
}

// readFloats reads rows of a column of tensors as float32.
func (t *Table) readFloats(column string, from, to int64) ([]float32, *Column, error) {
	of, err := t.tensor(column)
	if err != nil {
		return nil, nil, err
	}
	out, err := t.appendFloats(make([]float32, 0, (to-from)*int64(of.elements())), column, from, to)
	return out, of, err
}

// appendFloats appends rows of a column of tensors as float32.
func (t *Table) appendFloats(out []float32, column string, from, to int64) ([]float32, error) {
	of, err := t.tensor(column)
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
	switch of {
	case Float32:
		for i := 0; i < len(b); i += 4 {
			out = append(out, math.Float32frombits(le.Uint32(b[i:])))
		}
	case Float16:
		for i := 0; i < len(b); i += 2 {
			out = append(out, float16.Frombits(le.Uint16(b[i:])).Float32())
		}
	case Int32:
		for i := 0; i < len(b); i += 4 {
			out = append(out, float32(int32(le.Uint32(b[i:]))))
		}
	}
	return out
}
