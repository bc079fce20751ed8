package rundir

import "fmt"

// FormatVersion is the version of the run directory that this code writes.
const FormatVersion = 3

// oldestFormat is the earliest version of the format that is read.
const oldestFormat = 2

// FormatError says that a run or a file is of a version of the format that this
// program does not read.
type FormatError struct {
	Path   string // empty where it is said elsewhere
	Format int
}

// Error names the version, and those that are read.
func (e *FormatError) Error() string {
	what := fmt.Sprintf("is of format %d, and this program reads %d to %d", e.Format, oldestFormat, FormatVersion)
	if e.Path != "" {
		what = e.Path + " " + what
	}
	return what
}

// Hint says what to do next.
func (e *FormatError) Hint() string {
	if e.Format < oldestFormat {
		return "read it with the version of capture that wrote it (its manifest says which, under tool), or run its spec again"
	}
	return "use a later version of capture; the manifest says under tool which wrote it"
}

// checkFormat gives a *FormatError for a version that is not read.
func checkFormat(path string, version int) error {
	if version >= oldestFormat && version <= FormatVersion {
		return nil
	}
	return &FormatError{path, version}
}
