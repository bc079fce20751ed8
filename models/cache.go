package models

import (
	"fmt"
	"os"
	"path/filepath"
)

// CacheError says that this program's folder in the user's cache cannot be used.
type CacheError struct {
	Dir string // empty: there is none
	Err error
}

func (e *CacheError) Error() string {
	if e.Dir == "" {
		return fmt.Sprintf("there is no cache folder: %v", e.Err)
	}
	return fmt.Sprintf("the cache folder %s cannot be written: %v", e.Dir, e.Err)
}

// Unwrap gives the cause.
func (e *CacheError) Unwrap() error { return e.Err }

// Hint says what to do next.
func (e *CacheError) Hint() string {
	return "name a folder that can be written: CAPTURE_CACHE=DIR"
}

// CacheDir is this program's folder in the user's cache: $CAPTURE_CACHE, or
// "capture" below os.UserCacheDir. The error is a *CacheError.
func CacheDir() (string, error) {
	if dir := os.Getenv("CAPTURE_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", &CacheError{Err: err}
	}
	return filepath.Join(dir, "capture"), nil
}

// InCache gives a folder of the cache folder, which a function then writes into. The
// error is a *CacheError where either fails.
func InCache(name string, write func(dir string) error) error {
	dir, err := CacheDir()
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, name)); err != nil {
		return cacheError(err)
	}
	return nil
}

// cacheError says of an error of writing into the cache folder what it is.
func cacheError(err error) error {
	dir, derr := CacheDir()
	if derr != nil {
		return derr
	}
	return &CacheError{dir, err}
}
