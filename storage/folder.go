package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// ErrExists says that the output folder is there and holds something.
var ErrExists = errors.New("storage: output folder exists and is not empty")

// ErrNotARun says that a folder may not be overwritten, since it holds files
// that are no part of a run.
var ErrNotARun = errors.New("storage: folder holds files that are not of a run")

// runFile matches every name that a run directory may hold.
var runFile = regexp.MustCompile(`^((manifest\.json|journal\.jsonl|dataset\.jsonl|(samples|activations)-\d{5,}\.arrow|labels-[a-z0-9_][a-z0-9_-]{0,63}-\d{4,9}\.arrow)((\.short)?\.part)?|spill-\d+\.part|lock)$`)

// IsRun says whether a folder has anything of a run, whole or not: a manifest, a
// journal, or a data file.
func IsRun(dir string) bool {
	entries, _ := os.ReadDir(dir) // one that cannot be read has nothing
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		name := e.Name()
		return name == JournalName || groupFiles.MatchString(name) || name == ManifestName && ownManifest(dir)
	})
}

// CheckDir says whether a run may be written into a folder, which need not exist:
// it must be empty or, to be overwritten, hold a run, whose file names are returned.
// What else lies beside it is never touched. Errors wrap ErrExists and ErrNotARun.
func CheckDir(dir string, overwrite bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name() == lockName && !e.IsDir() })
	if len(entries) > 0 && !overwrite {
		return nil, fmt.Errorf("%w: %s", ErrExists, dir)
	}
	var names []string
	run := holdsRun(dir)
	for _, e := range entries {
		own := runFile.MatchString(e.Name())
		if e.IsDir() && own || !run && (!own || e.Name() == ManifestName && !ownManifest(dir)) {
			return nil, fmt.Errorf("%w: %s", ErrNotARun, filepath.Join(dir, e.Name()))
		}
		if own {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// holdsRun says whether a folder surely holds a run, so that what else is in it lies
// there beside the run.
func holdsRun(dir string) bool {
	_, err := ReadRecord(dir)
	groups, _ := groupsIn(dir)
	return (err == nil || errors.Is(err, ErrManifest)) && ownManifest(dir) || len(groups) > 0
}

// ownManifest says whether a file of this name may be a run's, damaged or not: those
// of many other programs are called so, too.
func ownManifest(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, ManifestName))
	var keys map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &keys) != nil {
		return true
	}
	_, ok := keys["format_version"]
	return ok
}

// unnamed gives what lies in a run's folder and is not of the run: files of others,
// by names that no run has, folders with a "/" behind theirs; and strays, which have a
// run's names and are neither in the manifest nor what a writer may leave behind.
func unnamed(entries []os.DirEntry, m *Manifest) (foreign, strays []string) {
	for _, e := range entries {
		name := e.Name()
		_, _, labels := parseLabelPath(name)
		listed := slices.ContainsFunc(m.Files, func(f FileInfo) bool { return f.Name == name })
		left := strings.HasSuffix(name, partSuffix) || name == lockName || name == DatasetName || name == JournalName || m.Status != Complete
		switch {
		case name == ManifestName, listed, labels:
		case !runFile.MatchString(name):
			if e.IsDir() {
				name += "/"
			}
			foreign = append(foreign, name)
		case e.IsDir() || !left:
			strays = append(strays, name)
		}
	}
	return foreign, strays
}

// openDir makes the folder and locks it, and removes the run that is in it where
// it is to be overwritten.
func openDir(fs FS, dir string, overwrite bool) (*lock, error) {
	if _, err := CheckDir(dir, overwrite); err != nil { // before anything is made
		return nil, err
	}
	if err := makeDir(fs, dir); err != nil {
		return nil, err
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	if err := clearDir(fs, dir, overwrite); err != nil {
		l.release()
		return nil, err
	}
	return l, nil
}

// makeDir makes a folder and those above it, and makes each of them last.
func makeDir(fs FS, dir string) error {
	parents := []string{filepath.Dir(dir)}
	for at := parents[0]; filepath.Dir(at) != at; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil {
			break
		}
		parents = append(parents, filepath.Dir(at))
	}
	if err := fs.MkdirAll(dir); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := fs.SyncDir(parent); err != nil && !os.IsPermission(err) {
			return err
		}
	}
	return nil
}

// clearDir removes a run: the manifest and the journal first, each for good, so
// that what is left of it never looks whole, nor like one to be resumed.
func clearDir(fs FS, dir string, overwrite bool) error {
	names, err := CheckDir(dir, overwrite)
	if err != nil {
		return err
	}
	for _, name := range []string{ManifestName, JournalName} {
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
func removeParts(fs FS, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); runFile.MatchString(name) && strings.HasSuffix(name, partSuffix) {
			if err := fs.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Clear removes what a writer may leave behind beside a complete run, when it was
// ended between its last steps. The error is a *LockedError or comes from the file
// system.
func Clear(dir string) error {
	l, err := takeLock(dir)
	if err != nil {
		return err
	}
	defer l.release()
	if m, err := ReadManifest(dir); err != nil || m.Status != Complete { // another run has the folder by now
		return err
	}
	if err := os.Remove(filepath.Join(dir, JournalName)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return removeParts(OS{}, dir)
}
