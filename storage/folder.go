package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
)

// ErrExists says that the output folder is there and holds something.
var ErrExists = errors.New("storage: output folder exists and is not empty")

// ErrNotARun says that a folder may not be overwritten, since it holds files
// that are no part of a run.
var ErrNotARun = errors.New("storage: folder holds files that are not of a run")

// runFile matches every name that a run directory may hold.
var runFile = regexp.MustCompile(`^((manifest\.json|(samples|activations)-\d{5}\.arrow)((\.short)?\.part)?|spill-\d+\.part)$`)

// CheckDir says whether a run may be written into a folder, which need not exist:
// it must be empty or, to be overwritten, hold nothing but a run, whose file
// names are returned. Errors wrap ErrExists and ErrNotARun.
func CheckDir(dir string, overwrite bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if len(entries) > 0 && !overwrite {
		return nil, fmt.Errorf("%w: %s", ErrExists, dir)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		if names[i] = e.Name(); !runFile.MatchString(names[i]) || e.IsDir() {
			return nil, fmt.Errorf("%w: %s", ErrNotARun, filepath.Join(dir, names[i]))
		}
	}
	return names, nil
}

// clearDir makes the folder, or removes the run that is in it.
func clearDir(fs FS, dir string, overwrite bool) error {
	names, err := CheckDir(dir, overwrite)
	if err != nil {
		return err
	}
	// The manifest first: what is left of the old run must not look whole.
	sort.SliceStable(names, func(i, _ int) bool { return names[i] == ManifestName })
	for _, name := range names {
		if err := fs.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return fs.MkdirAll(dir)
}
