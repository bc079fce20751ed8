package verify

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// samplesFile checks a file of samples from the first id on, whose rows lie in the
// file activations.
// It gives nil where the file could not be read.
func (v *verifier) samplesFile(info rundir.FileInfo, first int64, activations string) *sampleTable {
	t := &sampleTable{first: first}
	c := &sampleCheck{verifier: v, file: info.Name, activations: activations, table: t}
	whole := v.table(info, tableCheck{
		hashed: true, batchRows: -1,
		schema: func(got *arrow.Schema) *arrow.Schema {
			v.peek(activations)
			c.optional = v.optionalSamples(got)
			return rundir.InFormat(v.m.FormatVersion, rundir.SampleSchema(c.optional...))
		},
		batch: c.batch,
	})
	v.samples += int64(len(t.ranges))
	if !whole {
		return nil
	}
	if f, ok := v.files[activations]; ok && f.Rows != c.next {
		v.add(info.Name, "column \"rows\"", "the samples have %d rows; %s has %d", c.next, activations, f.Rows)
	}
	return t
}

// sampleCheck is the check of one file of samples.
type sampleCheck struct {
	*verifier
	file, activations string
	table             *sampleTable
	next              int64 // row at which the next sample begins
	first             int64 // id of the batch's first sample

	columns  []arrowfile.Values // of the batch at hand
	checks   []valueCheck       // of these
	texts    batchTexts
	optional []arrow.Field
	known    map[string]arrowfile.Values // of these, those of rundir.SampleColumns
}

// batchTexts are the texts of a batch that others are held against.
type batchTexts struct {
	ids              []byte // prompt ids, one after another
	ends             []int  // of each in ids
	given, stopped   []bool
	knowledge        []bool
	followups        []string // empty for none
	arms             []*string
	names, alogprobs []int // how many alternatives, and values of them
}

func (c *sampleCheck) batch(s *arrowfile.Scanner, r *arrowfile.BatchReader) error {
	c.texts = batchTexts{
		ids: c.texts.ids[:0], ends: c.texts.ends[:0], given: make([]bool, r.Rows), stopped: make([]bool, r.Rows), knowledge: make([]bool, r.Rows),
		followups: make([]string, r.Rows), arms: make([]*string, r.Rows), names: make([]int, r.Rows), alogprobs: make([]int, r.Rows),
	}
	before := len(c.table.ranges)
	c.first = c.table.first + int64(before)
	c.columns, c.checks = make([]arrowfile.Values, len(rundir.RequiredSampleFields)), c.checks[:0]
	for i, field := range rundir.RequiredSampleFields {
		if rundir.LacksColumn(c.m.FormatVersion, field.Name) {
			continue
		}
		var err error
		if c.columns[i], err = r.Plain(field, c.text(field.Name)); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
		if wrong := sampleValues[field.Name]; wrong != nil {
			c.checks = append(c.checks, valueCheck{field.Name, c.columns[i], wrong})
		}
	}
	if len(c.texts.ids) > arrowfile.MaxText {
		return fmt.Errorf("column %q: %d bytes", "prompt_id", len(c.texts.ids))
	}
	for i := range int(r.Rows) {
		c.row(i)
	}
	samples := c.table.ranges[before:]
	if err := c.others(s, r, samples); err != nil {
		return err
	}
	for i := range samples {
		c.identity(i, c.first+int64(i))
	}
	c.intervened(samples)
	return nil
}

// text gives what checks the texts of a column; nil where nothing does.
func (c *sampleCheck) text(column string) func(i int, text []byte) {
	wrong := sampleTexts[column]
	if wrong == nil {
		return nil
	}
	return func(i int, text []byte) {
		if what := wrong(c, i, text); what != "" {
			c.fault(c.first+int64(i), column, "%s", what)
		}
	}
}

func (c *sampleCheck) fault(id int64, column, what string, args ...any) {
	c.add(c.file, fmt.Sprintf("sample %d, column %q", id, column), what, args...)
}
