// Package storage writes and reads run directories: shards of Arrow IPC files
// and a manifest. docs/format.md is the promise that this code keeps.
//
// It knows nothing of models or of how rows came to be, imports Arrow (the only
// package of this program that does), and builds without cgo.
package storage

// FormatVersion is the version of the run directory that this code writes.
const FormatVersion = 1
