package arrowfile

import (
	"errors"
	"io/fs"

	"intentprobe/storage/disk"
)

// Damaged gives an error its place in the file.
func (t *File) Damaged(where string, err error) error {
	var damage *disk.DamageError
	var system *fs.PathError
	if err == nil || errors.As(err, &damage) || errors.As(err, &system) {
		return err
	}
	return &disk.DamageError{Path: t.path, Where: where, Err: err}
}
