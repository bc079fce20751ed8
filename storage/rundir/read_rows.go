package rundir

import (
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
	return out, RowColumnsOf(t.Schema()).read(t, t.At(batch).First, b, out)
}
