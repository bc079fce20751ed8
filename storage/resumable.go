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
	rows, samples := rundir.RowColumnsWith(m.ProbeNames()), rundir.SampleColumnsWith(m.ProbeNames())
	for _, c := range m.Optional.Activations {
		if f := rows.Named(c.Name); f == nil || !f.Optional {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has the column %q of activations, which this version does not know", c.Name)}
		}
	}
	reduced := rundir.OptionalOf(rundir.ReducedFields(w.cfg.Columns, w.cfg.Reduce))
	for _, c := range m.Optional.Samples {
		if f := samples.Named(c.Name); (f == nil || !f.Optional) && !slices.Contains(reduced, c) {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has the column %q of samples, which this version does not know", c.Name)}
		}
	}
	for _, c := range reduced {
		if !slices.Contains(m.Optional.Samples, c) {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has no column %q of samples, which this version writes", c.Name)}
		}
	}
	for _, name := range w.cfg.Optional {
		listed := slices.Concat(m.Optional.Activations, m.Optional.Samples)
		if !slices.ContainsFunc(listed, func(c rundir.OptionalColumn) bool { return c.Name == name }) {
			return &rundir.ResumeError{What: fmt.Sprintf("the run has no column %q, which is to be written", name)}
		}
	}
	return nil
}

// listOptional lists the optional columns of a new run in its manifest: those that are
// asked for, in the order of the tables, after them those of probes, and the reductions.
func listOptional(cfg *Config) error {
	o := &cfg.Manifest.Optional
	probes := cfg.Manifest.ProbeNames()
	rows, others := rundir.RowColumns.Listed(cfg.Optional)
	samples, others := rundir.SampleColumns.Listed(others)
	if len(others) > 0 {
		return fmt.Errorf("%q is no optional column", others[0])
	}
	o.Activations = append(append(o.Activations, rows...), rundir.ProbeRowColumns(probes).Optional()...)
	o.Samples = append(append(append(o.Samples, samples...), rundir.ProbeSampleColumns(probes).Optional()...), rundir.OptionalOf(rundir.ReducedFields(cfg.Columns, cfg.Reduce))...)
	return nil
}

// rowSchema and sampleSchema are those of the files that the writer writes.
func (w *Writer) rowSchema() *arrow.Schema {
	return rundir.ActivationSchema(w.cfg.Columns, rundir.FieldsOf(w.cfg.Manifest.Optional.Activations)...)
}

func (w *Writer) sampleSchema() *arrow.Schema {
	return rundir.SampleSchema(rundir.FieldsOf(w.cfg.Manifest.Optional.Samples)...)
}
