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
// format 1, which does not say, Turn is -1 and Reasoning false. Of each
// record batch that the rows lie in, all but the activations is read.
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
	r := &plainReader{t: t, first: t.batches[batch].First, b: b}
	position, id := r.cells(rowPosition), r.cells(rowTokenID)
	phase, role, generated := r.codes(rowPhase, Phases), r.codes(rowRole, Roles), r.cells(rowGenerated)
	turn, reasoning := r.cells(rowTurn), r.cells(rowReasoning)
	logprob, entropy := r.cells(rowLogprob), r.cells(rowEntropy)
	if r.err != nil {
		return nil, r.err
	}
	out := make([]Row, b.rows)
	r.texts(rowToken, func(i int, text []byte) { out[i].Token = string(text) })
	r.texts(rowSpans, func(i int, text []byte) { out[i].Spans = append(out[i].Spans, string(text)) })
	for i := range out {
		out[i].Position, out[i].TokenID = position.int32(i), id.int32(i)
		out[i].Phase, out[i].Role, out[i].Generated = phase[i], role[i], generated.bool(i)
		out[i].Turn, out[i].Reasoning = turn.int32Or(-1, i), reasoning.bytes != nil && reasoning.bool(i)
		out[i].Logprob, out[i].Entropy = logprob.floatOrNaN(i), entropy.floatOrNaN(i)
	}
	return out, r.err
}

func (c cells) floatOrNaN(i int) float32 {
	if c.null(i) {
		return float32(math.NaN())
	}
	return math.Float32frombits(uint32(c.int32(i)))
}

// plainReader reads columns of a record batch of activations by their places in
// plainFields, and keeps its first error.
type plainReader struct {
	t     *Table
	b     *arrowBatch
	first int64
	err   error
}

func (r *plainReader) read(column int, each func(i int, text []byte)) (c cells) {
	if r.err == nil && !lacksColumn(r.t.format(), plainFields[column].Name) {
		c, r.err = r.t.plain(r.b, r.first, plainFields[column], each)
	}
	return c
}

func (r *plainReader) cells(column int) cells { return r.read(column, nil) }

func (r *plainReader) texts(column int, each func(i int, text []byte)) { r.read(column, each) }

// codes reads a column of codes and makes them those of names.
func (r *plainReader) codes(column int, names []string) []int8 {
	c := r.cells(column)
	if r.err != nil {
		return nil
	}
	at, _ := r.t.column(plainFields[column].Name)
	values, err := r.t.dictionary(at)
	out := make([]int8, r.b.rows)
	for i := range out {
		code := int(c.int8(i))
		if err == nil && (code < 0 || code >= len(values)) {
			err = fmt.Errorf("column %q: row %d has the code %d, and there are %d", plainFields[column].Name, r.first+int64(i), code, len(values))
		}
		if err == nil && code < len(names) && names[code] == values[code] {
			out[i] = int8(code)
		} else if err == nil {
			if out[i] = int8(slices.Index(names, values[code])); out[i] < 0 {
				err = fmt.Errorf("column %q: row %d is %q", plainFields[column].Name, r.first+int64(i), values[code])
			}
		}
	}
	r.err = err
	return out
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
