// Package storage writes run directories: groups of Arrow IPC files, a journal while the
// run goes on, and a manifest. The format itself and its reader are package rundir;
// docs/format.md is the promise that this code keeps.
//
// [Create] begins a run, [Resume] continues one that was stopped, [Merge] puts shards
// together, [Recover] saves what is whole of a damaged run. The first two give a [Writer],
// which locks the folder until its Finish or Close:
//
//	w, err := storage.Create(storage.Config{Dir: dir, Manifest: manifest, Columns: columns, Rows: 512})
//	...
//	defer w.Close()
//	sample := w.Begin(1) // it has one row
//	place, err := sample.Reserve()
//	...
//	copy(w.Floats(0, place), values) // or let C write to place.Base
//	err = sample.Add(rundir.Row{Token: "Paris"})
//	...
//	err = sample.End(rundir.Sample{PromptID: "france"})
//	...
//	err = w.Commit() // the group is on the disk, for good
//	...
//	manifest, err = w.Finish(rundir.Complete, nil)
//
// A row's activations are copied once, by the engine, to a [rowmem.Place] of the writer's
// memory: the buffer that is written as it is. Only rows that wait for a sample
// before theirs, or until it is known whether they are wanted, are moved.
//
// Storage knows nothing of models or of how rows came to be, and builds without cgo. So do
// the packages below it: disk, arrowfile, rundir, labels, compare, export, verify and
// parquet. Arrow's library is imported in storage and these packages, and nowhere else.
package storage
