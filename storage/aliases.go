package storage

// Record is a Run.
type Record = Run

// ReadRecord is OpenRecorded.
var ReadRecord = OpenRecorded
