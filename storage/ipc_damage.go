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

// Hint says what to do next.
func (e *DamageError) Hint() string {
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
