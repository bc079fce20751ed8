package rundir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"intentprobe/storage/disk"
)

// Unfinished is the status of a run that has a journal and no manifest: it goes on,
// or was stopped without warning. No manifest says so.
const Unfinished = "unfinished"

// ErrNoRecord says that a folder has neither a manifest nor a journal, so that
// nothing says what it should hold.
var ErrNoRecord = errors.New("no " + ManifestName)

// Run is a run directory opened for reading, as docs/format.md has it: the manifest
// names the groups, or the journal of a run that has no manifest. Files that neither
// names are left alone.
type Run struct {
	Dir      string
	Manifest *Manifest // of a run without one, as its journal has it, with the status Unfinished; nil where there is neither
	Groups   []Group   // in order of their numbers
	Journal  bool      // there is a journal to resume from
}

// Open opens a run directory. Of a folder with neither manifest nor journal all groups
// are read that have their samples: each of their files is whole. The error wraps
// ErrNoRecord where there is nothing to read.
func Open(dir string) (*Run, error) {
	r, err := OpenRecorded(dir)
	if !errors.Is(err, ErrNoRecord) {
		return r, err
	}
	numbers, err := groupsIn(dir)
	if err != nil {
		return nil, err
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%w, no %s and no samples-*.arrow in %s", ErrNoRecord, JournalName, dir)
	}
	r = &Run{Dir: dir}
	for _, n := range numbers {
		r.Groups = append(r.Groups, Group{Number: n, Files: []FileInfo{{Name: GroupFile("samples", n)}, {Name: GroupFile("activations", n)}}})
	}
	return r, nil
}

// OpenRecorded is Open for a folder that says what its run is. The error wraps
// ErrNoRecord where it has neither a manifest nor a journal.
func OpenRecorded(dir string) (*Run, error) {
	m, err := ReadManifest(dir)
	if err == nil {
		r := &Run{Dir: dir, Manifest: m, Groups: GroupsOf(m)}
		r.Journal = m.Status != Complete && disk.Exists(dir, JournalName)
		return r, nil
	}
	if !os.IsNotExist(err) {
		return nil, err
	}
	j, err := ReadJournal(dir)
	if os.IsNotExist(err) {
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w and no %s in %s", ErrNoRecord, JournalName, dir)
	}
	if err != nil {
		return nil, err
	}
	j.Manifest.Status = Unfinished
	j.Manifest.Hold(j.Groups)
	return &Run{Dir: dir, Manifest: j.Manifest, Groups: j.Groups, Journal: true}, nil
}

var groupNumber = regexp.MustCompile(`^samples-(\d{5,})\.arrow$`)

// GroupsOf gives the groups of a manifest's files, in order of their numbers.
func GroupsOf(m *Manifest) (out []Group) {
	byName := map[string]FileInfo{}
	for _, f := range m.Files {
		byName[f.Name] = f
	}
	for _, f := range m.Files {
		n, ok := samplesNumber(f.Name)
		if !ok {
			continue
		}
		activations := byName[GroupFile("activations", n)]
		g := Group{Number: n, Samples: f.Rows, Rows: activations.Rows, Files: []FileInfo{f, activations}}
		if m.Plan != nil {
			first, samples := m.Plan.Group(n)
			g.FirstSample, g.Partial = first, f.Rows < samples
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b Group) int { return a.Number - b.Number })
	return out
}

// groupsIn gives the groups that have a samples file in a folder, in order of their
// numbers.
func groupsIn(dir string) (out []int, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if n, ok := samplesNumber(e.Name()); ok {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, err
}

// samplesNumber gives the number of the group whose samples a file holds, by its name.
func samplesNumber(name string) (int, bool) {
	match := groupNumber.FindStringSubmatch(name)
	if match == nil {
		return 0, false
	}
	n, err := strconv.Atoi(match[1])
	return n, err == nil && name == GroupFile("samples", n)
}

// Path gives the path of a file of the run.
func (r *Run) Path(f FileInfo) string { return filepath.Join(r.Dir, filepath.Base(f.Name)) }

// Files gives the names of the run's Arrow files: activations, samples, labels.
func (r *Run) Files() ([]string, error) {
	var out []string
	for _, kind := range []string{"activations", "samples"} {
		for _, g := range r.Groups {
			if r.Manifest != nil || disk.Exists(r.Dir, GroupFile(kind, g.Number)) {
				out = append(out, GroupFile(kind, g.Number))
			}
		}
	}
	labels, err := LabelFiles(r.Dir)
	slices.SortFunc(labels, func(a, b LabelFile) int { return strings.Compare(a.File, b.File) })
	for _, l := range labels {
		out = append(out, l.File)
	}
	return out, err
}
