package storage

// The names below are kept for callers that have not moved to the packages that hold
// them now.

import (
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// Types of other packages of storage.
type (
	Activations      = rundir.Activations
	Column           = arrowfile.Column
	ColumnInfo       = arrowfile.ColumnInfo
	DType            = arrowfile.DType
	DamageError      = disk.DamageError
	Dataset          = rundir.Dataset
	Description      = rundir.Description
	Device           = rundir.Device
	Difference       = rundir.Difference
	Engine           = rundir.Engine
	FS               = disk.FS
	File             = arrowfile.File
	Finding          = rundir.Finding
	FormatError      = rundir.FormatError
	Group            = rundir.Group
	Hook             = rundir.Hook
	LockedError      = disk.LockedError
	Manifest         = rundir.Manifest
	Model            = rundir.Model
	NotFinishedError = rundir.NotFinishedError
	OS               = disk.OS
	Plan             = rundir.Plan
	Record           = rundir.Run
	Recovery         = rundir.Recovery
	Row              = rundir.Row
	Run              = rundir.Run
	Sample           = rundir.Sample
	Shard            = rundir.Shard
	Tool             = rundir.Tool
	Unsynced         = disk.Unsynced
)

// Constants of other packages of storage.
const (
	Complete             = rundir.Complete
	DatasetName          = rundir.DatasetName
	Failed               = rundir.Failed
	Float32              = arrowfile.Float32
	Int32                = arrowfile.Int32
	Interrupted          = rundir.Interrupted
	JournalName          = rundir.JournalName
	ManifestName         = rundir.ManifestName
	MicroBatchDifference = rundir.MicroBatchDifference
	Unfinished           = rundir.Unfinished
)

// Functions and variables of other packages of storage.
var (
	CanResume      = rundir.CanResume
	CheckDir       = rundir.CheckDir
	CheckLabelName = rundir.CheckLabelName
	CheckLock      = disk.CheckLock
	Describe       = rundir.Describe
	Differences    = rundir.Differences
	ErrExists      = rundir.ErrExists
	ErrGone        = disk.ErrGone
	ErrNoRecord    = rundir.ErrNoRecord
	ErrNotARun     = rundir.ErrNotARun
	IsRun          = rundir.IsRun
	Open           = arrowfile.Open
	Phases         = rundir.Phases
	ReadJournal    = rundir.ReadJournal
	ReadManifest   = rundir.ReadManifest
	ReadRecord     = rundir.OpenRecorded
	ReadSamples    = rundir.ReadSamples
	Reductions     = rundir.Reductions
	Roles          = rundir.Roles
	ThisHost       = rundir.ThisHost
)

// Count is plural.Count.
func Count[N int | int32 | int64 | uint64](n N, what string) string { return plural.Count(n, what) }
