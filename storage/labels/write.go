package labels

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// A record batch of labels has at most so many rows and about so many bytes of text.
const (
	labelRows  = 4096
	labelBytes = 16 << 20
)

// labelPatience is how long a labelling waits for a folder that another process has
// locked: another labelling takes a moment, a run is told.
const labelPatience = 3 * time.Second

// ErrOtherRun says that labels are of another run than the one in the folder.
var ErrOtherRun = errors.New("the labels are of another run")

// Write writes a label table beside a run, as the next version of its name, and gives its
// header; Version and Time are the function's to set. Labels may be in any order. What is
// there already is never touched, and two processes that label at once get two versions.
// The folder is locked for as long as it takes to write the file: errors are a
// *disk.LockedError where a run is being written, wrap ErrOtherRun where the folder is not
// that of the run Run any more, say what is wrong with the labels, or come from the file
// system. fs nil is disk.OS{}.
func Write(fs disk.FS, dir string, t Table) (Header, error) {
	if fs == nil {
		fs = disk.OS{}
	}
	h := t.Header
	if err := rundir.CheckLabelName(h.Name); err != nil {
		return h, err
	}
	labels := slices.Clone(t.Labels)
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Compare(a.SampleID, b.SampleID) })
	lock, err := lockPatiently(dir)
	if err != nil {
		return h, err
	}
	defer lock.Release()
	record, err := rundir.OpenRecorded(dir)
	if err != nil {
		return h, err
	}
	if record.Manifest.RunID() != h.Run {
		return h, fmt.Errorf("%w: %s was replaced in the meantime", ErrOtherRun, dir)
	}
	if h.Version, err = NextVersion(dir, h.Name); err != nil {
		return h, err
	}
	h.Time = time.Now().UTC().Truncate(time.Microsecond)
	if err := Check(h, labels); err != nil {
		return h, err
	}
	return h, WriteFile(disk.LockedFS{FS: fs, Lock: lock}, dir, record.Manifest.Format(), &h, labels)
}

// lockPatiently takes the lock of a folder, and waits a little where another has it.
func lockPatiently(dir string) (l *disk.Lock, err error) {
	return l, patiently(func() error { l, err = disk.TakeLock(dir); return err })
}

// CheckFolder gives a *disk.LockedError where a run is being written in the folder, so
// that no labels can be.
func CheckFolder(dir string) error {
	return patiently(func() error { return disk.CheckLock(dir) })
}

func patiently(try func() error) error {
	var locked *disk.LockedError
	for end := time.Now().Add(labelPatience); ; time.Sleep(5 * time.Millisecond) {
		err := try()
		if !errors.As(err, &locked) || time.Now().After(end) {
			return err
		}
	}
}

// NextVersion gives the first version above all that are there, whole or not.
func NextVersion(dir, name string) (int32, error) {
	files, err := rundir.LabelFiles(dir)
	if err != nil {
		return 0, err
	}
	last := int32(0)
	for _, f := range files {
		if f.Name == name {
			last = max(last, f.Version)
		}
	}
	if last++; !rundir.LabelFileName.MatchString(rundir.LabelPath(name, last)) {
		return 0, fmt.Errorf("%q has as many versions as there are names for", name)
	}
	return last, nil
}

// WriteFile writes the file of a label table in the format of its run, whole or not
// at all, and fills in the header's checksum.
func WriteFile(fs disk.FS, dir string, format int, h *Header, labels []Label) error {
	schema := labelSchema(format, h, labels)
	path := filepath.Join(dir, rundir.LabelPath(h.Name, h.Version))
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		return fmt.Errorf("%s is there already", path)
	}
	file, err := arrowfile.Create(fs, path, disk.PartSuffix, schema)
	if err != nil {
		return err
	}
	for len(labels) > 0 {
		n := labelBatch(labels)
		if err := file.Write(labelRecord(schema, *h, labels[:n])); err != nil {
			file.Discard()
			return err
		}
		labels = labels[n:]
	}
	if _, err := file.Commit(); err != nil {
		return err
	}
	return fs.SyncDir(dir)
}

// labelBatch says how many of the first labels make a record batch.
func labelBatch(labels []Label) int {
	bytes := 0
	for i, l := range labels[:min(len(labels), labelRows)] {
		for _, text := range []*string{&l.Value, l.Prompt, l.Answer, l.Note} {
			if text != nil {
				bytes += len(*text)
			}
		}
		if bytes > labelBytes {
			return max(i, 1)
		}
	}
	return min(len(labels), labelRows)
}
