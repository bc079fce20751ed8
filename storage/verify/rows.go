package verify

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// rowCheck is the check of one file of activations.
type rowCheck struct {
	*verifier
	file    string
	samples *sampleTable // nil where it could not be read
	at      int          // of the samples, that of the row at hand
	row     int64        // within the sample
	last    int32        // position of the row before, -1 for none
	columns []arrowfile.Values
	checks  []valueCheck // of these
	changes []changes    // of the batch at hand, those that are left
	given   [][]float32  // of the batch at hand, the scores of each probe
}

// activationsFile checks a file of activations against the samples that lie in
// it.
func (v *verifier) activationsFile(info rundir.FileInfo, samples *sampleTable) {
	c := &rowCheck{verifier: v, file: info.Name, samples: samples, last: -1}
	check := tableCheck{
		hashed: !v.quick, batchRows: int64(v.m.Engine.MicroBatch),
		schema: func(got *arrow.Schema) *arrow.Schema {
			if v.columns == nil {
				v.columns = v.promisedColumns(got)
			}
			return rundir.InFormat(v.m.FormatVersion, rundir.ActivationSchema(v.columns, rundir.FieldsOf(v.m.Optional.Activations)...))
		},
		batch: c.batch,
	}
	if v.quick {
		check.batch = nil
	}
	if v.table(info, check) && !v.quick {
		c.counted()
		c.pooledRight()
	}
	v.rows += info.Rows
}

// other checks an optional column.
func (c *rowCheck) other(s *arrowfile.Scanner, r *arrowfile.BatchReader, field arrow.Field) error {
	if listedAs(rundir.RowColumns, field) {
		switch field.Name {
		case "edited":
			return c.edited(r, field)
		case "scores":
			return c.scored(r, field)
		}
	}
	if probe := c.probeAt(field); probe >= 0 {
		return c.probed(r, field, probe)
	}
	return c.unknown(c.file, s, r, field)
}

func (c *rowCheck) batch(s *arrowfile.Scanner, r *arrowfile.BatchReader) error {
	c.columns, c.checks = make([]arrowfile.Values, len(rundir.RequiredRowFields)), c.checks[:0]
	for i, field := range rundir.RequiredRowFields {
		if rundir.LacksColumn(c.m.FormatVersion, field.Name) {
			continue
		}
		var err error
		if c.columns[i], err = r.Plain(field, nil); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
		if wrong := rowValues[field.Name]; wrong != nil {
			c.checks = append(c.checks, valueCheck{field.Name, c.columns[i], wrong})
		}
	}
	for _, field := range rundir.FieldsOf(c.m.Optional.Activations) {
		if err := c.other(s, r, field); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
	}
	for i := range int(r.Rows) {
		c.plainRow(i, r.First+int64(i))
	}
	for i, column := range c.verifier.columns {
		scores := c.againFor(i, r.Rows)
		found, err := tensors(s, r, column, false, scores...)
		c.infs[i] += found.infs
		if found.first >= 0 {
			c.add(c.file, fmt.Sprintf("row %d, column %q", r.First+found.row(column), column.Name), "element %d is %s, the first of %d in this record batch",
				found.element(column), found.what, found.count)
		}
		if err != nil {
			return fmt.Errorf("column %q: %w", column.Name, err)
		}
		for _, a := range scores {
			c.compare(a, r.First, column.DType)
		}
	}
	return nil
}

func (c *rowCheck) fault(row int64, column, what string, args ...any) {
	c.add(c.file, fmt.Sprintf("row %d, column %q", row, column), what, args...)
}

// plainRow checks row i of the batch, which is row at of the file, beside its
// activations.
func (c *rowCheck) plainRow(i int, at int64) {
	for _, v := range c.checks {
		if what := v.check(c.m, i); what != "" {
			c.fault(at, v.column, "%s", what)
		}
	}
	phase, role := c.columns[atPhase].Int8(i), c.columns[atRole].Int8(i)
	if c.columns[atGenerated].Bool(i) && phase == rundir.PhasePrompt {
		c.fault(at, "generated", "is true in a prompt")
	}
	if c.columns[atReasoning].Bool(i) && (role == rundir.RoleSystem || role == rundir.RoleUser) {
		c.fault(at, "reasoning", "is true; the role is %s", rundir.Roles[role])
	}
	position := c.columns[atPosition].Int32(i)
	begins := c.place(i, at, phase, position)
	c.scores(i, at, phase, position, begins)
	c.change(i, at)
	c.pool(i, position)
}
