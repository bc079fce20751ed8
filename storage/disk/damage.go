package disk

import (
	"errors"
	"fmt"

	"intentprobe/capture/hint"
)

// DamageError says that an Arrow file is not as it was written.
type DamageError struct {
	Path  string
	Where string // record batch, column; as far as known
	Err   error
}

// Error names the file, the place in it, and what is wrong there.
func (e *DamageError) Error() string {
	where := ""
	if e.Where != "" {
		where = ": " + e.Where
	}
	return fmt.Sprintf("%s%s: %v", e.Path, where, e.Err)
}

// Unwrap gives what is wrong.
func (e *DamageError) Unwrap() error { return e.Err }

// ErrMissing says that a file is not there that should be.
var ErrMissing = errors.New("is missing")

// Hint says what to do next.
func (e *DamageError) Hint() string { return e.next().Hint() }

// Phrase is Hint in the words of say.
func (e *DamageError) Phrase(say func(reference any) string) string { return e.next().Phrase(say) }

func (e *DamageError) next() *hint.Error { return hint.With(nil, e.advice()...).(*hint.Error) }

func (e *DamageError) advice() []any {
	if errors.Is(e.Err, ErrMissing) {
		return []any{"put it back from where it is; ", hint.Command{"verify"}, " on its run says what else is wrong"}
	}
	return []any{"the file is damaged or was cut short: ", hint.Command{"verify"}, " on its run says what else is"}
}

// IsDamage says whether an error is that of a damaged file.
func IsDamage(err error) bool {
	var damage *DamageError
	return errors.As(err, &damage)
}

// FileError says what is wrong with a file that is read as text: the manifest or the
// journal of a run.
type FileError struct {
	Path string
	Line int // from 1; 0 where the whole file is meant
	Err  error
}

// Error names the file, the line, and what is wrong there.
func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Path, e.Err)
}

// Unwrap gives what is wrong.
func (e *FileError) Unwrap() error { return e.Err }

// Cause gives an error without the path of the file that it is about.
func Cause(err error) string {
	var damage *DamageError
	var file *FileError
	switch {
	case errors.As(err, &damage) && damage.Where != "":
		return damage.Where + ": " + damage.Err.Error()
	case errors.As(err, &damage):
		return damage.Err.Error()
	case errors.As(err, &file) && file.Line > 0:
		return fmt.Sprintf("line %d: %v", file.Line, file.Err)
	case errors.As(err, &file):
		return file.Err.Error()
	}
	return err.Error()
}
