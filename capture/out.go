package capture

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"intentprobe/capture/hint"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// CheckOut refuses, before anything is loaded, an output folder that cannot take
// a run.
func CheckOut(dir string, overwrite bool) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return hint.Usage(fmt.Errorf("%s is a file, and a run is written into a folder", dir), "choose another ", hint.Key("out"))
	}
	err := disk.CheckLock(dir)
	if err == nil {
		_, err = rundir.CheckDir(dir, overwrite)
	}
	if err != nil {
		return createError(err, dir)
	}
	return nil
}

// createError says what to do about a folder that cannot be written into.
func createError(err error, dir string) error {
	var locked *disk.LockedError
	switch {
	case errors.As(err, &locked):
		return err
	case errors.Is(err, rundir.ErrExists):
		if _, jerr := rundir.ReadJournal(dir); jerr == nil {
			return hint.Usage(err, "go on with the run that was stopped there with ", hint.Command{"resume", dir}, ", replace it with ", hint.Option("overwrite"), ", or choose another ", hint.Key("out"))
		}
		return hint.Usage(err, "choose another ", hint.Key("out"), ", or add ", hint.Option("overwrite"), " if it holds a run that may be replaced")
	case errors.Is(err, rundir.ErrNotARun):
		return hint.Usage(err, hint.Option("overwrite"), " only replaces runs; choose another ", hint.Key("out"))
	case errors.Is(err, syscall.ENOSPC):
		return hint.With(err, "free some space, or choose another ", hint.Key("out"))
	case errors.Is(err, syscall.EROFS):
		return hint.With(err, "choose an ", hint.Key("out"), " on a disk that may be written")
	case errors.Is(err, os.ErrPermission):
		return hint.With(err, "choose an ", hint.Key("out"), " below a folder that you may write into")
	}
	return hint.With(err, fmt.Sprintf("check that %s can be made", dir))
}
