package storage

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// resumable says so of a writer's run: also that it has the columns that are written,
// and none that are not known here.
func (w *Writer) resumable() error {
	m := w.cfg.Manifest
	if err := m.Resumable(); err != nil {
		return err
	}
	for _, c := range m.Optional.Activations {
		if f := rowFields.named(c.Name); f == nil || !f.optional {
			return &ResumeError{fmt.Sprintf("the run has the column %q of activations, which this version does not know", c.Name)}
		}
	}
	reduced := optionalOf(reducedFields(w.cfg.Columns, w.cfg.Reduce))
	for _, c := range m.Optional.Samples {
		if f := samplesFields.named(c.Name); (f == nil || !f.optional) && !slices.Contains(reduced, c) {
			return &ResumeError{fmt.Sprintf("the run has the column %q of samples, which this version does not know", c.Name)}
		}
	}
	for _, c := range reduced {
		if !slices.Contains(m.Optional.Samples, c) {
			return &ResumeError{fmt.Sprintf("the run has no column %q of samples, which this version writes", c.Name)}
		}
	}
	return nil
}

// rowSchema and sampleSchema are those of the files that the writer writes.
func (w *Writer) rowSchema() *arrow.Schema {
	return activationSchema(w.cfg.Columns, fieldsOf(w.cfg.Manifest.Optional.Activations)...)
}

func (w *Writer) sampleSchema() *arrow.Schema {
	return sampleSchema(fieldsOf(w.cfg.Manifest.Optional.Samples)...)
}
