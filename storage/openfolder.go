package storage

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// openDir makes the folder and locks it, and removes the run that is in it where
// it is to be overwritten.
func openDir(fs disk.FS, dir string, overwrite bool) (*disk.Lock, error) {
	if _, err := rundir.CheckDir(dir, overwrite); err != nil { // before anything is made
		return nil, err
	}
	if err := disk.MakeDir(fs, dir); err != nil {
		return nil, err
	}
	l, err := disk.TakeLock(dir)
	if err != nil {
		return nil, err
	}
	if err := clearDir(fs, dir, overwrite); err != nil {
		l.Release()
		return nil, err
	}
	return l, nil
}

// clearDir removes a run: the manifest and the journal first, each for good, so
// that what is left of it never looks whole, nor like one to be resumed.
func clearDir(fs disk.FS, dir string, overwrite bool) error {
	names, err := rundir.CheckDir(dir, overwrite)
	if err != nil {
		return err
	}
	for _, name := range []string{rundir.ManifestName, rundir.JournalName} {
		if i := slices.Index(names, name); i >= 0 {
			names = slices.Delete(names, i, i+1)
			if err := fs.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
			if err := fs.SyncDir(dir); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if err := fs.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// removeParts removes what a writer that ended left unfinished.
func removeParts(fs disk.FS, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); rundir.RunFile.MatchString(name) && strings.HasSuffix(name, disk.PartSuffix) {
			if err := fs.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Clear removes what a writer may leave behind beside a complete run, when it was ended
// between its last steps. The error is a *disk.LockedError or comes from the file system.
func Clear(dir string) error {
	l, err := disk.TakeLock(dir)
	if err != nil {
		return err
	}
	defer l.Release()
	if m, err := rundir.ReadManifest(dir); err != nil || m.Status != rundir.Complete { // another run has the folder by now
		return err
	}
	if err := os.Remove(filepath.Join(dir, rundir.JournalName)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return removeParts(disk.OS{}, dir)
}
