package rundir

import (
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

// OpenTable opens a whole Arrow file of a run (see arrowfile.Open). The error is a
// *FormatError where the file is of a version of the format that is not read. An Arrow
// file that says nothing of a run is opened like any other.
func OpenTable(path string) (*arrowfile.File, error) { return OpenTableIn(disk.OS{}, path) }

// OpenTableIn is OpenTable for a file of another file system.
func OpenTableIn(files disk.FS, path string) (*arrowfile.File, error) {
	t, err := arrowfile.Open(files, path)
	if err != nil {
		return nil, err
	}
	if err := closeUnread(t); err != nil {
		return nil, err
	}
	return t, nil
}

// OpenCut is OpenTable for a file that may have no footer (see arrowfile.OpenCut).
func OpenCut(path string) (*arrowfile.File, *arrowfile.Cut, error) { return OpenCutIn(disk.OS{}, path) }

// OpenCutIn is OpenCut for a file of another file system.
func OpenCutIn(files disk.FS, path string) (*arrowfile.File, *arrowfile.Cut, error) {
	t, cut, err := arrowfile.OpenCut(files, path)
	if err == nil {
		err = closeUnread(t)
	}
	if err != nil {
		return nil, nil, err
	}
	return t, cut, nil
}

// closeUnread closes a file whose format is not read, and says so.
func closeUnread(t *arrowfile.File) error {
	if KindOf(t) == "" {
		return nil
	}
	err := checkFormat(t.Path(), FileFormat(t))
	if err != nil {
		t.Close()
	}
	return err
}

// KindOf is what the file says it holds: "activations", "samples", "labels", or
// nothing in a file that is not of a run.
func KindOf(t *arrowfile.File) string {
	kind, _ := t.Schema().Metadata().GetValue("capture.table")
	return kind
}
