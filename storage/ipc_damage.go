package storage

import (
	"errors"
	"fmt"
	"io/fs"
)

// DamageError says that an Arrow file is not as it was written.
type DamageError struct {
	Path  string
	Where string // record batch, column; as far as known
	Err   error
}

func (e *DamageError) Error() string {
	where := ""
	if e.Where != "" {
		where = ": " + e.Where
	}
	return fmt.Sprintf("storage: %s%s: %v", e.Path, where, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }

// errMissing says that a file is not there that should be.
var errMissing = errors.New("is missing")

// Hint says what to do next.
func (e *DamageError) Hint() string {
	if errors.Is(e.Err, errMissing) {
		return "put it back from where it is; `capture verify` on its run says what else is wrong"
	}
	return "the file is damaged or was cut short: `capture verify` on its run says what else is"
}

// damaged gives an error its place in the file.
func (t *Table) damaged(where string, err error) error {
	var damage *DamageError
	var system *fs.PathError
	if err == nil || errors.As(err, &damage) || errors.As(err, &system) {
		return err
	}
	return &DamageError{t.path, where, err}
}
