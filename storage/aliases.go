package storage

// The names below are kept for callers that have not moved to the packages that hold
// them now.

import (
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/compare"
	"intentprobe/storage/disk"
	"intentprobe/storage/export"
	"intentprobe/storage/labels"
	"intentprobe/storage/parquet"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// Types of other packages of storage.
type (
	Activations        = rundir.Activations
	Column             = arrowfile.Column
	ColumnInfo         = arrowfile.ColumnInfo
	Comparison         = compare.Result
	DType              = arrowfile.DType
	DamageError        = disk.DamageError
	Dataset            = rundir.Dataset
	Description        = rundir.Description
	Deviation          = compare.Deviation
	Device             = rundir.Device
	Difference         = rundir.Difference
	Engine             = rundir.Engine
	ExportConfig       = export.Config
	ExportPlaceError   = export.PlaceError
	Exported           = export.Result
	FS                 = disk.FS
	File               = disk.File
	Finding            = rundir.Finding
	FormatError        = rundir.FormatError
	Group              = rundir.Group
	Hook               = rundir.Hook
	Label              = labels.Label
	LabelTable         = labels.Table
	LockedError        = disk.LockedError
	Manifest           = rundir.Manifest
	Model              = rundir.Model
	NotFinishedError   = rundir.NotFinishedError
	OS                 = disk.OS
	ParquetLimits      = parquet.Limits
	Plan               = rundir.Plan
	Record             = rundir.Run
	Recovery           = rundir.Recovery
	Row                = rundir.Row
	Run                = rundir.Run
	Sample             = rundir.Sample
	Shard              = rundir.Shard
	Table              = labels.Table
	Tool               = rundir.Tool
	UnknownColumnError = export.UnknownColumnError
	Unsynced           = disk.Unsynced
	Verification       = verify.Report
)

// Constants of other packages of storage.
const (
	Ambiguous            = labels.Ambiguous
	Complete             = rundir.Complete
	DatasetName          = rundir.DatasetName
	Failed               = rundir.Failed
	Float16              = arrowfile.Float16
	Float32              = arrowfile.Float32
	Int32                = arrowfile.Int32
	Interrupted          = rundir.Interrupted
	JournalName          = rundir.JournalName
	LabelFile            = labels.File
	LabelJudge           = labels.Judge
	LabelKnowledge       = labels.Knowledge
	LabelRule            = labels.Rule
	ManifestName         = rundir.ManifestName
	MicroBatchDifference = rundir.MicroBatchDifference
	Unfinished           = rundir.Unfinished
)

// Functions and variables of other packages of storage.
var (
	CanResume       = rundir.CanResume
	CheckDir        = rundir.CheckDir
	CheckLabelName  = rundir.CheckLabelName
	CheckLabelling  = labels.CheckFolder
	CheckLock       = disk.CheckLock
	CompareGroup    = compare.Group
	Describe        = rundir.Describe
	Differences     = rundir.Differences
	EachParquetRow  = parquet.EachRow
	ErrExists       = rundir.ErrExists
	ErrExportExists = export.ErrExists
	ErrGone         = disk.ErrGone
	ErrNoLabels     = labels.ErrNone
	ErrNoRecord     = rundir.ErrNoRecord
	ErrNotARun      = rundir.ErrNotARun
	ErrOtherRun     = labels.ErrOtherRun
	Export          = export.Write
	ExportFormats   = export.Formats
	IsRun           = rundir.IsRun
	ListLabels      = labels.List
	Open            = rundir.Open
	OpenTable       = rundir.OpenTable
	Phases          = rundir.Phases
	ReadJournal     = rundir.ReadJournal
	ReadLabels      = labels.Read
	ReadManifest    = rundir.ReadManifest
	ReadRecord      = rundir.OpenRecorded
	ReadSamples     = rundir.ReadSamples
	Reductions      = rundir.Reductions
	Roles           = rundir.Roles
	ThisHost        = rundir.ThisHost
	Verify          = verify.Run
	WriteLabels     = labels.Write
)

// Count is plural.Count.
func Count[N int | int32 | int64 | uint64](n N, what string) string { return plural.Count(n, what) }
