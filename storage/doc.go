// Package storage writes and reads run directories: groups of Arrow IPC files
// and a manifest. docs/format.md is the promise that this code keeps.
//
// A row's activations are copied once, by the engine, to a Place of the writer's
// memory: the buffer that is written as it is. Only rows that wait for a sample
// before theirs, or until it is known whether they are wanted, are moved.
//
// It knows nothing of models or of how rows came to be, imports Arrow (the only
// package of this program that does), and builds without cgo.
package storage
