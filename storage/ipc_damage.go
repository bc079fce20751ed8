package storage

import (
	"errors"
	"io/fs"
)

// damaged gives an error its place in the file.
func (t *Table) damaged(where string, err error) error {
	var damage *DamageError
	var system *fs.PathError
	if err == nil || errors.As(err, &damage) || errors.As(err, &system) {
		return err
	}
	return &DamageError{t.path, where, err}
}
