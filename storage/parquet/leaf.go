package parquet

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// levels are the definition and repetition levels that a value has at least.
type levels struct{ def, rep int16 }

// rowLeaf reads the values of a column with their levels, a few at a time.
type rowLeaf struct {
	name   string
	most   levels // of a value that is there
	fill   func(defs, reps []int16) (entries int64, values int, err error)
	write  func(i int) ([]byte, error) // value i of those that were filled in, as JSON
	column *schema.PrimitiveNode

	defs, reps    [leafBatch]int16
	at, have      int // entries
	value0, valid int // values
}

// leafBatch is how many values are read at once: a page may repeat a large one.
const leafBatch = 32

var errColumnEnds = errors.New("damaged: a column ends before its last row")

func newRowLeaf(n *schema.PrimitiveNode, at levels) (*rowLeaf, error) {
	l := &rowLeaf{name: n.Path(), most: at, column: n}
	if n.PhysicalType() == parquet.Types.Undefined {
		return nil, fmt.Errorf("column %q has no type", n.Path())
	}
	return l, nil
}

// open goes to the column's part of a row group.
func (l *rowLeaf) open(chunk file.ColumnChunkReader) {
	l.at, l.have, l.value0, l.valid = 0, 0, 0, 0
	switch c := chunk.(type) {
	case *file.BooleanColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v bool) ([]byte, error) { return fmt.Append(nil, v), nil })
	case *file.Int32ColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v int32) ([]byte, error) { return wholeJSON(l.column, int64(v), 32) })
	case *file.Int64ColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v int64) ([]byte, error) { return wholeJSON(l.column, v, 64) })
	case *file.Int96ColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v parquet.Int96) ([]byte, error) { return timeJSON(v.ToTime(), false), nil })
	case *file.Float32ColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v float32) ([]byte, error) { return floatJSON(float64(v), 32) })
	case *file.Float64ColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v float64) ([]byte, error) { return floatJSON(v, 64) })
	case *file.ByteArrayColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v parquet.ByteArray) ([]byte, error) { return bytesJSON(l.column, v) })
	case *file.FixedLenByteArrayColumnChunkReader:
		fillFrom(l, c.ReadBatch, func(v parquet.FixedLenByteArray) ([]byte, error) { return bytesJSON(l.column, v) })
	}
}

// fillFrom reads the values of a column of one type.
func fillFrom[T any](l *rowLeaf, read func(int64, []T, []int16, []int16) (int64, int, error), write func(T) ([]byte, error)) {
	values := make([]T, leafBatch)
	l.fill = func(defs, reps []int16) (int64, int, error) { return read(leafBatch, values, defs, reps) }
	l.write = func(i int) ([]byte, error) { return write(values[i]) }
}

// peek gives the levels of the next entry. A column without levels has all its values.
func (l *rowLeaf) peek() (rep, def int16, err error) {
	if l.at == l.have {
		entries, values, err := l.fill(l.defs[:], l.reps[:])
		if err != nil {
			return 0, 0, fmt.Errorf("damaged: column %q: %w", l.name, err)
		}
		l.at, l.have, l.value0, l.valid = 0, int(entries), 0, values
		if l.most.def == 0 {
			l.have = values
		}
		if l.have == 0 {
			return 0, 0, errColumnEnds
		}
	}
	if l.most.def > 0 {
		def = l.defs[l.at]
	}
	if l.most.rep > 0 {
		rep = l.reps[l.at]
	}
	return rep, def, nil
}

// skip goes over an entry that stands for what is not there below a level.
func (l *rowLeaf) skip(below int16) error {
	_, def, err := l.peek()
	if err != nil {
		return err
	}
	if def >= below {
		return fmt.Errorf("damaged: the levels of column %q", l.name)
	}
	l.at++
	return nil
}

// value writes the next value.
func (l *rowLeaf) value(w *rowWriter) error {
	_, def, err := l.peek()
	if err != nil {
		return err
	}
	if def != l.most.def || l.value0 == l.valid {
		return fmt.Errorf("damaged: the levels of column %q", l.name)
	}
	text, err := l.write(l.value0)
	if err != nil {
		return fmt.Errorf("column %q %w", l.name, err)
	}
	if !utf8.Valid(text) {
		return fmt.Errorf("column %q holds a text that is not UTF-8", l.name)
	}
	l.at, l.value0 = l.at+1, l.value0+1
	return w.add(text...)
}
