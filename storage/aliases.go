package storage

// The names below are kept for callers that have not moved to the packages that hold
// them now.

import (
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

// Types of other packages of storage.
type (
	Column      = arrowfile.Column
	ColumnInfo  = arrowfile.ColumnInfo
	DType       = arrowfile.DType
	DamageError = disk.DamageError
	FS          = disk.FS
	File        = arrowfile.File
	LockedError = disk.LockedError
	OS          = disk.OS
	Record      = Run
	Unsynced    = disk.Unsynced
)

// Constants of other packages of storage.
const (
	Float32 = arrowfile.Float32
	Int32   = arrowfile.Int32
)

// Functions and variables of other packages of storage.
var (
	CheckLock  = disk.CheckLock
	ErrGone    = disk.ErrGone
	ReadRecord = OpenRecorded
)

// Count is plural.Count.
func Count[N int | int32 | int64 | uint64](n N, what string) string { return plural.Count(n, what) }
