package rundir

import (
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/capture/hint"
	"intentprobe/storage/arrowfile"
)

// since3 are the columns that files of format 2 have not.
var since3 = map[string]bool{"stop": true, "stop_tokens": true}

// LacksColumn says whether files of a format have no column of a name that those of
// FormatVersion have.
func LacksColumn(format int, name string) bool { return format == 2 && since3[name] }

// NamesIn gives the dictionary of a column as files of a format have it: those of
// format 2 know no tools and developers.
func NamesIn(format int, column string) []string {
	if format == 2 && column == "role" {
		return Roles[:slices.Index(Roles, "template")+1]
	}
	return Dictionaries[column]
}

// InFormat gives a schema as files of an earlier format have it.
func InFormat(format int, s *arrow.Schema) *arrow.Schema {
	fields := slices.DeleteFunc(s.Fields(), func(f arrow.Field) bool { return LacksColumn(format, f.Name) })
	table, _ := s.Metadata().GetValue("capture.table")
	return SchemaOf(format, table, fields)
}

// FileFormat is the version of the format that the file says it has; this program's
// where it says none.
func FileFormat(t *arrowfile.File) int {
	if version, ok := formatOf(t.Schema()); ok {
		return version
	}
	return FormatVersion
}

// formatOf gives the version that a schema says; false where it says none.
func formatOf(s *arrow.Schema) (version int, ok bool) {
	text, _ := s.Metadata().GetValue("capture.format")
	n, err := fmt.Sscan(text, &version)
	return version, n == 1 && err == nil
}

// Resumable says whether this program can add to a run by its format: it writes its
// own. The error is a *ResumeError.
func (m *Manifest) Resumable() error {
	if m.FormatVersion != FormatVersion {
		return &ResumeError{fmt.Sprintf("the run is of format %d, to which this version adds nothing", m.FormatVersion)}
	}
	return nil
}

// ResumeError says why this program cannot resume a run, though another could.
type ResumeError struct{ What string }

// Error says what stands against it.
func (e *ResumeError) Error() string { return e.What }

// Hint says what to do next.
func (e *ResumeError) Hint() string { return e.next().Hint() }

// Phrase is Hint in the words of say.
func (e *ResumeError) Phrase(say func(reference any) string) string { return e.next().Phrase(say) }

func (e *ResumeError) next() *hint.Error { return hint.With(nil, e.advice()...).(*hint.Error) }

func (e *ResumeError) advice() []any {
	return []any{"finish it with the version of capture that began it (its manifest says which, under tool), or run its spec again; ", hint.Command{"recover"}, " makes a run of what is there"}
}

// Readable refuses a folder whose manifest or journal, as they were written, say that
// the run is of a format that is not read.
func Readable(dir string) error {
	var format *FormatError
	if _, err := ReadManifest(dir); errors.As(err, &format) && !errors.Is(err, ErrManifest) {
		return err
	}
	if _, err := ReadJournal(dir); errors.As(err, &format) {
		return err
	}
	return nil
}
