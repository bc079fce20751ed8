// Package cache is this program's folder in the user's cache: the engine, converted
// weights, models that were fetched, and which models loaded before. Nothing in it is
// needed: whatever is deleted is made again. [Dir] gives its path, [In] a folder in it.
package cache

import (
	"fmt"
	"os"
	"path/filepath"

	"intentprobe/capture/hint"
)

// Dir gives the folder: $CAPTURE_CACHE, or "capture" below os.UserCacheDir.
func Dir() (string, error) {
	if dir := os.Getenv("CAPTURE_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", advised(fmt.Errorf("there is no cache folder: %w", err))
	}
	return filepath.Join(dir, "capture"), nil
}

// In calls write with the path of a folder of this name in the cache folder, which need
// not exist yet. An error of write is given back by Unwritable.
func In(name string, write func(dir string) error) error {
	dir, err := Dir()
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, name)); err != nil {
		return Unwritable(err)
	}
	return nil
}

// Unwritable wraps an error of writing into the cache folder: it names the folder, and its
// hint how to choose another.
func Unwritable(err error) error {
	dir, derr := Dir()
	if derr != nil {
		return derr
	}
	return advised(fmt.Errorf("the cache folder %s cannot be written: %w", dir, err))
}

func advised(err error) error {
	return hint.With(err, "name a folder that can be written: CAPTURE_CACHE=DIR")
}
