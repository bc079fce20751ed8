package storage

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// ReadRows reads what rows [from, to) of a file of activations carry beside their
// activations; the result is the caller's. Codes of phases and roles are those of
// Phases and Roles, whatever the order of the file's own dictionaries; in a file of
// format 2, which does not say, Stop is false. Of each record batch that the rows lie in, all but the activations is read.
func (t *Table) ReadRows(from, to int64) ([]Row, error) {
	var out []Row
	err := t.each(from, to, func(batch int, b *arrowBatch, rows span) error {
		all, err := t.rowsOf(batch, b)
		if err == nil {
			out = append(out, all[rows.from:rows.to]...)
		}
		return err
	})
	return out, err
}

// rowsOf reads the rows of a record batch.
func (t *Table) rowsOf(batch int, b *arrowBatch) ([]Row, error) {
	out := make([]Row, b.rows)
	return out, rowFields.read(t, t.batches[batch].First, b, out)
}

func (c cells) floatOrNaN(i int) float32 {
	if c.null(i) {
		return float32(math.NaN())
	}
	return math.Float32frombits(uint32(c.int32(i)))
}

// recode makes the codes of a column of texts those of the names that this program
// knows it by.
func (t *Table) recode(c cells, first, rows int64, f arrow.Field) error {
	at, _ := t.column(f.Name)
	values, err := t.dictionary(at)
	if err != nil {
		return err
	}
	for i := range int(rows) {
		code := int(c.int8(i))
		if code < 0 || code >= len(values) {
			return fmt.Errorf("column %q: row %d has the code %d, and there are %d", f.Name, first+int64(i), code, len(values))
		}
		known := slices.Index(dictionaryNames[f.Name], values[code])
		if known < 0 {
			return fmt.Errorf("column %q: row %d is %q", f.Name, first+int64(i), values[code])
		}
		c.bytes[i] = byte(known)
	}
	return nil
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
