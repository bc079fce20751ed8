// Package storage writes run directories: groups of Arrow IPC files, a journal while the
// run goes on, and a manifest. Create begins a run, Resume goes on with one that was
// stopped, Merge puts shards together, Recover saves what is whole of a damaged run. The
// format itself and its reader are package rundir; docs/format.md is the promise that
// this code keeps.
//
// A row's activations are copied once, by the engine, to a Place of the writer's
// memory: the buffer that is written as it is. Only rows that wait for a sample
// before theirs, or until it is known whether they are wanted, are moved.
//
// It knows nothing of models or of how rows came to be, and builds without cgo. So do
// the packages below it: disk, arrowfile, rundir, labels, compare, export, verify and
// parquet, which alone import Arrow.
package storage
