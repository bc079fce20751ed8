package rundir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"intentprobe/storage/arrowfile"
)

// Description says what is inside one Arrow file.
type Description struct {
	File    string                 `json:"file"`
	Table   string                 `json:"table"` // activations, samples, or empty for a stranger's file
	Rows    int64                  `json:"rows"`
	Batches int                    `json:"record_batches"`
	Bytes   int64                  `json:"bytes"`
	Columns []arrowfile.ColumnInfo `json:"columns"`
	First   []json.RawMessage      `json:"first_rows"` // as JSON objects, tensors left out
}

// Describe reads an Arrow file's schema and counts, and its first rows without
// the activations.
func Describe(path string, first int) (*Description, error) {
	t, err := OpenTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	d := &Description{
		File: filepath.Base(path), Table: KindOf(t), Bytes: t.Size(),
		Rows: t.Rows(), Batches: len(t.Batches()), Columns: t.Columns(),
	}
	for i := 0; i < len(t.Batches()) && len(d.First) < first; i++ {
		rows, err := FirstRows(t, i, first-len(d.First))
		if err != nil {
			return nil, err
		}
		d.First = append(d.First, rows...)
	}
	return d, nil
}

// FirstRows writes the first rows of a record batch as JSON objects.
func FirstRows(t *arrowfile.File, batch, n int) (out []json.RawMessage, err error) {
	rows := arrowfile.Span{From: 0, To: min(int64(n), t.At(batch).Rows)}
	var names []string
	var columns []arrow.Array
	for i, field := range t.Schema().Fields() {
		if field.Type.ID() == arrow.FIXED_SIZE_LIST {
			continue
		}
		a, err := t.Array(batch, i, rows)
		if err != nil {
			return nil, err
		}
		names, columns = append(names, field.Name), append(columns, a)
	}
	for row := range int(rows.To) {
		out = append(out, rowJSON(names, columns, row))
	}
	return out, nil
}

// rowJSON writes one row as an object whose keys keep the order of the columns.
func rowJSON(names []string, columns []arrow.Array, row int) json.RawMessage {
	out := []byte{'{'}
	for i, c := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, PlainJSON(names[i])...), ':'), PlainJSON(cell(c, row))...)
	}
	return append(out, '}')
}

// cell is a value as Arrow writes it in JSON. Arrow panics where a machine does not know
// a time zone (an instant is then told in UTC, which is how it is stored), and on nested
// values that it cannot write.
func cell(c arrow.Array, row int) (v any) {
	defer func() {
		if problem := recover(); problem != nil {
			v = fmt.Sprintf("(a value of %s that cannot be shown)", c.DataType())
		}
	}()
	if t, ok := c.(*array.Timestamp); ok && c.IsValid(row) {
		zone := t.DataType().(*arrow.TimestampType)
		if _, err := zone.GetZone(); err != nil {
			return t.Value(row).ToTime(zone.Unit).UTC().Format("2006-01-02 15:04:05.999999999Z0700")
		}
	}
	return c.GetOneForMarshal(row)
}

// PlainJSON leaves <, > and & as they are: tokens are full of them.
func PlainJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}
