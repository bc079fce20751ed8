package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"intentprobe/storage/disk"
)

// ErrExists says that the output folder exists and is not empty.
var ErrExists = errors.New("output folder exists and is not empty")

// ErrNotARun says that a folder may not be overwritten, since it holds files
// that are no part of a run.
var ErrNotARun = errors.New("folder holds files that are not of a run")

// RunFile matches every name that a run directory may hold.
var RunFile = regexp.MustCompile(`^((manifest\.json|journal\.jsonl|dataset\.jsonl|directions\.safetensors|(samples|activations)-\d{5,}\.arrow|labels-[a-z0-9_][a-z0-9_-]{0,63}-\d{4,9}\.arrow)((\.short)?\.part)?|spill-\d+\.part|lock)$`)

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
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name() == disk.LockName && !e.IsDir() })
	if len(entries) > 0 && !overwrite {
		return nil, fmt.Errorf("%w: %s", ErrExists, dir)
	}
	var names []string
	run := holdsRun(dir)
	for _, e := range entries {
		own := RunFile.MatchString(e.Name())
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
	_, err := OpenRecorded(dir)
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

// Beside gives what lies in a run's folder and is not of the run: files of others, by
// names that no run has, folders with a "/" after theirs; and strays, which have a run's
// names and are neither in the manifest nor what a writer may leave behind.
func Beside(entries []os.DirEntry, m *Manifest) (foreign, strays []string) {
	for _, e := range entries {
		name := e.Name()
		_, _, labels := ParseLabelPath(name)
		listed := slices.ContainsFunc(m.Files, func(f FileInfo) bool { return f.Name == name })
		kept := name == DirectionsName && m.Directions != nil
		left := kept || strings.HasSuffix(name, disk.PartSuffix) || name == disk.LockName || name == DatasetName || name == JournalName || m.Status != Complete
		switch {
		case name == ManifestName, listed, labels:
		case !RunFile.MatchString(name):
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

// Foreign gives what lies in the folder and is not of the run, folders with a "/"
// after their names.
func (r *Run) Foreign() ([]string, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil || r.Manifest == nil {
		return nil, err
	}
	foreign, strays := Beside(entries, r.Manifest)
	return append(foreign, strays...), nil
}
