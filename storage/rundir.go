package storage

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// Record is what a run directory tells of its run, however that ended.
type Record struct {
	Dir      string
	Manifest *Manifest // as it was written or, of a run without, as its journal has it; then Status is Unfinished
	Groups   []Group   // in order of their numbers
	Journal  bool      // there is a journal to go on from
}

// Unfinished is the status of a run that has a journal and no manifest: it goes on,
// or was stopped without warning. No manifest says so.
const Unfinished = "unfinished"

// ReadRecord reads the manifest of a run or, where there is none, its journal. The
// error wraps ErrNoRecord where there is neither.
func ReadRecord(dir string) (*Record, error) {
	r := &Record{Dir: dir}
	m, err := ReadManifest(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if m != nil && m.Status == Complete {
		r.Manifest, r.Groups = m, groupsOf(m)
		return r, nil
	}
	j, err := ReadJournal(dir)
	switch {
	case err == nil:
		r.Journal, r.Groups = true, j.Groups
	case !os.IsNotExist(err):
		return nil, err
	case m == nil:
		if _, err := os.Stat(dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w and no %s in %s", ErrNoRecord, JournalName, dir)
	default:
		r.Groups = groupsOf(m)
	}
	if r.Manifest = m; m == nil {
		r.Manifest = j.Manifest
		r.Manifest.Status = Unfinished
		r.Manifest.Hold(j.Groups)
	}
	return r, nil
}

var groupNumber = regexp.MustCompile(`^samples-(\d{5,})\.arrow$`)

// groupsOf gives the groups of a manifest's files.
func groupsOf(m *Manifest) (out []Group) {
	byName := map[string]FileInfo{}
	for _, f := range m.Files {
		byName[f.Name] = f
	}
	for _, f := range m.Files {
		match := groupNumber.FindStringSubmatch(f.Name)
		if match == nil {
			continue
		}
		n, err := strconv.Atoi(match[1])
		if err != nil || f.Name != groupFile("samples", n) {
			continue
		}
		activations := byName[groupFile("activations", n)]
		g := Group{Number: n, Samples: f.Rows, Rows: activations.Rows, Files: []FileInfo{f, activations}}
		if m.Plan != nil {
			first, samples := m.Plan.Group(n)
			g.FirstSample, g.Partial = first, f.Rows < samples
		}
		out = append(out, g)
	}
	return out
}

// Path gives the path of a file of the run.
func (r *Record) Path(f FileInfo) string { return filepath.Join(r.Dir, filepath.Base(f.Name)) }
