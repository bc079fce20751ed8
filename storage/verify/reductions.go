package verify

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// others checks the optional columns of the batch's samples, in their order.
func (c *sampleCheck) others(s *arrowfile.Scanner, r *arrowfile.BatchReader, samples []sampleRange) error {
	var tokens arrowfile.Values
	c.known = map[string]arrowfile.Values{}
	for _, field := range c.optional {
		var err error
		hook, _ := c.reduction(field)
		pooled, perr := c.poolOf(r, field, samples)
		switch {
		case pooled:
			err = perr
		case field.Name == rundir.ReducedTokens.Name:
			tokens, err = c.reducedTokens(r, samples)
		case hook >= 0:
			err = c.reduced(s, r, field, hook, tokens, samples)
		case field.Name == "adapter":
			err = c.adapter(r, field, samples)
		case listedAs(rundir.SampleColumns, field):
			err = c.listed(r, field, samples)
		default:
			err = c.unknown(c.file, s, r, field)
		}
		if err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
	}
	return nil
}

// listed reads an optional column that this program knows, and checks its values.
func (c *sampleCheck) listed(r *arrowfile.BatchReader, field arrow.Field, samples []sampleRange) error {
	values, err := r.Plain(field, c.text(field.Name))
	if err != nil {
		return err
	}
	c.known[field.Name] = values
	if wrong := sampleValues[field.Name]; wrong != nil {
		check := valueCheck{field.Name, values, wrong}
		for i := range samples {
			if what := check.check(c.m, i); what != "" {
				c.fault(c.first+int64(i), field.Name, "%s", what)
			}
		}
	}
	for i := range samples {
		if name := c.texts.arms[i]; field.Name == "arm" && name != nil {
			samples[i].arm, _ = c.armOf(*name)
		}
	}
	return nil
}

// adapter checks that every sample names the adapters of the run.
func (c *sampleCheck) adapter(r *arrowfile.BatchReader, field arrow.Field, samples []sampleRange) error {
	names, first, right := c.m.AdapterNames(), c.table.first+int64(len(c.table.ranges)-len(samples)), make([]bool, r.Rows)
	_, err := r.Plain(field, func(i int, text []byte) { right[i] = string(text) == names })
	for i := 0; err == nil && names != "" && i < len(samples); i++ {
		if !right[i] {
			c.fault(first+int64(i), field.Name, "is not %q, as the manifest's adapters are", names)
		}
	}
	return err
}

// reducedTokens checks how many rows were reduced of each sample.
func (c *sampleCheck) reducedTokens(r *arrowfile.BatchReader, samples []sampleRange) (arrowfile.Values, error) {
	tokens, err := r.Plain(rundir.ReducedTokens, nil)
	if err != nil {
		return tokens, err
	}
	for i, s := range samples {
		switch n := int64(tokens.Int32(i)); {
		case n < 0 || c.spec.Capture.Tokens != "" && n > s.tokens():
			c.fault(c.first+int64(i), rundir.ReducedTokens.Name, "is %d; the sample has %d tokens", n, s.tokens())
		case !c.spec.noRows() && n != s.rows && c.m.HasSpec():
			c.fault(c.first+int64(i), rundir.ReducedTokens.Name, "is %d; the sample has %d rows", n, s.rows)
		}
	}
	return tokens, nil
}

// reduced checks a reduction of a hook's column.
func (c *sampleCheck) reduced(s *arrowfile.Scanner, r *arrowfile.BatchReader, field arrow.Field, hook int, tokens arrowfile.Values, samples []sampleRange) error {
	of := arrowfile.Column{Name: field.Name, Shape: c.verifier.columns[hook].Shape, DType: arrowfile.Float32}
	found, err := tensors(s, r, of, true)
	if err != nil {
		return err
	}
	if found.first >= 0 && c.m.Hooks[hook].Float16Overflows == 0 {
		c.fault(c.first+found.row(of), of.Name, "element %d is %s, the first of %d in this record batch", found.element(of), found.what, found.count)
	}
	for i := range samples {
		if tokens.Bytes == nil {
			break // said of the manifest
		}
		if null, none := found.valid.Null(i), tokens.Int32(i) == 0; null != none {
			c.fault(c.first+int64(i), of.Name, "is null: %v; reduced_tokens is %d", null, tokens.Int32(i))
		}
	}
	return nil
}

// reduction says of which hook's column, and how, a column of samples is a reduction;
// -1 for none.
func (v *verifier) reduction(f arrow.Field) (hook int, kind string) {
	for i, column := range v.columns {
		for _, kind := range rundir.Reductions {
			if f.Name == column.Name+"."+kind && rundir.Reducible(column) {
				return i, kind
			}
		}
	}
	return -1, ""
}

// reductions are those that samples must have: of a run whose spec is lost, those
// that they have.
func (v *verifier) reductions(got []arrow.Field) []string {
	if v.m.HasSpec() {
		return v.spec.Capture.Reduce
	}
	var out []string
	for _, f := range got {
		if hook, kind := v.reduction(f); hook >= 0 && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}
