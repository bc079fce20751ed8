// Package rundir is the run directory as docs/format.md describes it: the schemas of its
// tables, the names of its files, its manifest and its journal, and how they are read.
//
// SampleColumns and RowColumns are the tables of columns: each entry is all that is to be
// said of a column, and a column is added by one. Open gives a Run, whose groups are
// those that the manifest names, or the journal of a run without one:
//
//	run, err := rundir.Open("runs/facts")
//	samples, err := run.Samples()
//	rows, err := run.Read(samples[0], "blocks.3.hook_resid_post") // of one sample
//	for piece, err := range run.Column("blocks.3.hook_resid_post") { // of all
//
// Writing is that of package storage.
package rundir
