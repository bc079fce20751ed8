package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Run is a run directory opened for reading.
type Run struct {
	Dir      string
	Manifest *Manifest // of a run without one, as its journal has it; nil where it has neither
	numbers  []int     // of the groups
}

// Open opens a run directory. The manifest names the groups that are read, or the
// journal of a run that goes on or was killed; other files are left alone. Of a
// folder with neither, all groups are read that have their samples: each of their
// files is whole. The error wraps ErrNoRecord where there is nothing to read.
func Open(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	m, err := ReadManifest(dir)
	if os.IsNotExist(err) {
		var record *Record
		if record, err = ReadRecord(dir); err == nil {
			m = record.Manifest
		}
	}
	switch {
	case err == nil:
		r.Manifest = m
		for _, g := range groupsOf(m) {
			r.numbers = append(r.numbers, g.Number)
		}
	case errors.Is(err, ErrNoRecord):
		if r.numbers, err = groupsIn(dir); err == nil && len(r.numbers) == 0 {
			err = fmt.Errorf("%w, no %s and no samples-*.arrow in %s", ErrNoRecord, JournalName, dir)
		}
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(r.numbers)
	return r, nil
}

// groupsIn gives the groups that have a samples file in a folder.
func groupsIn(dir string) (out []int, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		match := groupNumber.FindStringSubmatch(e.Name())
		if match == nil {
			continue
		}
		if n, err := strconv.Atoi(match[1]); err == nil && e.Name() == groupFile("samples", n) {
			out = append(out, n)
		}
	}
	return out, err
}

// Files gives the names of the run's Arrow files: activations, samples, labels.
func (r *Run) Files() ([]string, error) {
	var out []string
	for _, kind := range []string{"activations", "samples"} {
		for _, n := range r.numbers {
			if r.Manifest != nil || exists(r.Dir, groupFile(kind, n)) {
				out = append(out, groupFile(kind, n))
			}
		}
	}
	labels, err := labelFiles(r.Dir)
	slices.SortFunc(labels, func(a, b labelFile) int { return strings.Compare(a.file, b.file) })
	for _, l := range labels {
		out = append(out, l.file)
	}
	return out, err
}

// Foreign gives what lies in the folder and is not of the run, folders with a "/"
// behind their names.
func (r *Run) Foreign() ([]string, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil || r.Manifest == nil {
		return nil, err
	}
	foreign, strays := unnamed(entries, r.Manifest)
	return append(foreign, strays...), nil
}

// Samples reads the samples of every group, in order of their ids.
func (r *Run) Samples() ([]Sample, error) {
	var out []Sample
	for _, n := range r.numbers {
		samples, err := ReadSamples(filepath.Join(r.Dir, groupFile("samples", n)))
		if err != nil {
			return nil, err
		}
		out = append(out, samples...)
	}
	return out, nil
}

// Activations are the rows of one sample. Values[p] holds, for the p-th column
// asked for, len(Rows) tensors of Shapes[p] one after another, each in row-major
// order. Float16 and int32 columns are given as float32, which holds integers
// exactly up to 2^24.
type Activations struct {
	Rows   []Row
	Shapes [][]int
	Values [][]float32
}

// Read reads the rows of a sample and, of its activations, the named columns.
// Nothing else of the file is read but its metadata and, of the record batches
// that the rows lie in, what rows carry beside their activations. Memory beyond
// the result: these, and 1 MiB.
func (r *Run) Read(s Sample, columns ...string) (*Activations, error) {
	path := filepath.Join(r.Dir, filepath.Base(s.File))
	t, err := OpenTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.read(s, columns)
}

func (t *Table) read(s Sample, columns []string) (*Activations, error) {
	if s.FirstRow < 0 || s.Rows < 0 || s.FirstRow > t.Rows() || s.Rows > t.Rows()-s.FirstRow {
		return nil, t.damaged("", fmt.Errorf("sample %d has rows %d to %d; the file has %d", s.SampleID, s.FirstRow, s.FirstRow+s.Rows, t.Rows()))
	}
	out := &Activations{Shapes: make([][]int, len(columns)), Values: make([][]float32, len(columns))}
	from, to := s.FirstRow, s.FirstRow+s.Rows
	var err error
	if out.Rows, err = t.ReadRows(from, to); err != nil {
		return nil, err
	}
	for i, name := range columns {
		values, of, err := t.readFloats(name, from, to)
		if err != nil {
			return nil, err
		}
		out.Shapes[i], out.Values[i] = of.Shape, values
	}
	return out, nil
}
