package storage

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/rundir"
)

// resumable says so of a writer's run: also that it has the columns that are written,
// and none that are not known here.
func (w *Writer) resumable() error {
	m := w.cfg.Manifest
	if err := m.Resumable(); err != nil {
		return err
	}
	for _, c := range m.Optional.Activations {
		if f := rundir.RowColumns.Named(c.Name); f == nil || !f.Optional {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has the column %q of activations, which this version does not know", c.Name)}
		}
	}
	reduced := rundir.OptionalOf(rundir.ReducedFields(w.cfg.Columns, w.cfg.Reduce))
	for _, c := range m.Optional.Samples {
		if f := rundir.SampleColumns.Named(c.Name); (f == nil || !f.Optional) && !slices.Contains(reduced, c) {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has the column %q of samples, which this version does not know", c.Name)}
		}
	}
	for _, c := range reduced {
		if !slices.Contains(m.Optional.Samples, c) {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has no column %q of samples, which this version writes", c.Name)}
		}
	}
	return nil
}

// rowSchema and SampleSchema are those of the files that the writer writes.
func (w *Writer) rowSchema() *arrow.Schema {
	return rundir.ActivationSchema(w.cfg.Columns, rundir.FieldsOf(w.cfg.Manifest.Optional.Activations)...)
}

func (w *Writer) sampleSchema() *arrow.Schema {
	return rundir.SampleSchema(rundir.FieldsOf(w.cfg.Manifest.Optional.Samples)...)
}
