package rundir

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// ReadRowsOf reads what rows [from, to) of a file of activations carry beside their
// activations; the result is the caller's. Codes of phases and roles are those of
// Phases and Roles, whatever the order of the file's own dictionaries; in a file of
// format 2, which does not say, Stop is false. Of each record batch that the rows lie in, all but the activations is read.
func ReadRowsOf(t *arrowfile.File, from, to int64) ([]Row, error) {
	var out []Row
	err := t.Each(from, to, func(batch int, b *arrowfile.BatchHeader, rows arrowfile.Span) error {
		all, err := batchRows(t, batch, b)
		if err == nil {
			out = append(out, all[rows.From:rows.To]...)
		}
		return err
	})
	return out, err
}

// batchRows reads the rows of a record batch.
func batchRows(t *arrowfile.File, batch int, b *arrowfile.BatchHeader) ([]Row, error) {
	out := make([]Row, b.Rows)
	return out, RowColumns.read(t, t.At(batch).First, b, out)
}

// recode makes the codes of a column of texts those of the names that this program
// knows it by.
func recode(t *arrowfile.File, c arrowfile.Values, first, rows int64, f arrow.Field) error {
	at, _ := t.Index(f.Name)
	values, err := t.Dictionary(at)
	if err != nil {
		return err
	}
	for i := range int(rows) {
		code := int(c.Int8(i))
		if code < 0 || code >= len(values) {
			return fmt.Errorf("column %q: row %d has the code %d, and there are %d", f.Name, first+int64(i), code, len(values))
		}
		known := slices.Index(Dictionaries[f.Name], values[code])
		if known < 0 {
			return fmt.Errorf("column %q: row %d is %q", f.Name, first+int64(i), values[code])
		}
		c.Bytes[i] = byte(known)
	}
	return nil
}
