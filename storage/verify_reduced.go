package storage

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// peek finds out which activation columns there are, where no file of them was read:
// samples come first, and their reductions follow from these columns. What is wrong
// with the file is found when it is checked.
func (v *verifier) peek(activations string) {
	if v.columns != nil || v.shapeless {
		return
	}
	t, err := OpenTable(filepath.Join(v.dir, activations))
	if err != nil {
		return
	}
	defer t.Close()
	v.columns = v.promisedColumns(t.schema.Schema)
}

// reductions are those that samples must have: of a run whose spec is lost, those
// that they have.
func (v *verifier) reductions(got *arrow.Schema) []string {
	if v.m.hasSpec() {
		return v.spec.Capture.Reduce
	}
	var out []string
	for _, f := range got.Fields() {
		_, tensor := shapeOf(f)
		kind := f.Name[strings.LastIndex(f.Name, ".")+1:]
		if tensor && slices.Contains(Reductions, kind) && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// reduced checks the reductions of the batch's samples.
func (c *sampleCheck) reduced(s *fileStream, r *batchReader, samples []sampleRange) error {
	if len(c.reductions) == 0 {
		return nil
	}
	id := c.table.first + int64(len(c.table.ranges)-len(samples))
	field := reducedFields(nil, c.reductions)[0]
	tokens, err := r.plain(field, nil)
	if err != nil {
		return fmt.Errorf("column %q: %w", field.Name, err)
	}
	for i, s := range samples {
		switch n := int64(tokens.int32(i)); {
		case n < 0 || c.spec.Capture.Tokens != "" && n > s.tokens():
			c.fault(id+int64(i), field.Name, "is %d; the sample has %d tokens", n, s.tokens())
		case !c.spec.noRows() && n != s.rows && c.m.hasSpec():
			c.fault(id+int64(i), field.Name, "is %d; the sample has %d rows", n, s.rows)
		}
	}
	for i, column := range c.verifier.columns {
		if !reducible(column) {
			continue
		}
		for _, kind := range c.reductions {
			of := Column{column.Name + "." + kind, column.Shape, Float32}
			found, err := tensors(s, r, of, true)
			if err != nil {
				return fmt.Errorf("column %q: %w", of.Name, err)
			}
			if found.first >= 0 && c.m.Hooks[i].Float16Overflows == 0 {
				c.fault(id+found.row(of), of.Name, "element %d is %s, the first of %d in this record batch", found.element(of), found.what, found.count)
			}
			for i := range samples {
				if null, none := found.valid.null(i), tokens.int32(i) == 0; null != none {
					c.fault(id+int64(i), of.Name, "is null: %v; reduced_tokens is %d", null, tokens.int32(i))
				}
			}
		}
	}
	return nil
}
