// Package rundir is the run directory as docs/format.md describes it: the schemas of its
// tables, the names of its files, its manifest and its journal, and how they are read.
// Writing is that of package storage.
//
// [Open] gives a [Run], whose groups are those that the manifest names, or the journal of a
// run without one:
//
//	run, err := rundir.Open("runs/facts")
//	samples, err := run.Samples()
//	rows, err := run.Read(samples[0], "blocks.3.hook_resid_post") // of one sample
//	for piece, err := range run.Column("blocks.3.hook_resid_post") { // of all
//
// Values come as float32, tensors one after another in row-major order, and their shape
// with them. Nothing stays open between calls. Errors wrap [ErrNoRecord], are a
// *disk.DamageError, a *disk.FileError or a [*FormatError], or come from the file system.
//
// [SampleColumns] and [RowColumns] are the tables of columns. Each entry says all that is to
// be said of a column, so that one more entry adds a column.
package rundir
