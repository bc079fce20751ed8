package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// Run is a run directory opened for reading.
type Run struct {
	Dir      string
	Manifest *Manifest // nil where the run did not get that far
	groups   []string  // the samples files
}

// Open opens a run directory, also one without a manifest: each of its named
// files is whole. The error says so where there is nothing to read.
func Open(dir string) (*Run, error) {
	r := &Run{Dir: dir}
	var err error
	if r.Manifest, err = ReadManifest(dir); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if r.groups, err = filepath.Glob(filepath.Join(dir, "samples-?????.arrow")); err != nil {
		return nil, err
	}
	sort.Strings(r.groups)
	if r.Manifest == nil && len(r.groups) == 0 {
		return nil, fmt.Errorf("storage: %s is not a run directory: it has no %s and no samples-*.arrow", dir, ManifestName)
	}
	return r, nil
}

// Samples reads the samples of every group, in order of their ids.
func (r *Run) Samples() ([]Sample, error) {
	var out []Sample
	for _, path := range r.groups {
		err := eachRecord(path, func(rec arrow.Record) error {
			samples, err := samplesOf(rec)
			out = append(out, samples...)
			return err
		})
		if err != nil {
			return nil, err
		}
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
// Memory beyond the result: one record batch.
func (r *Run) Read(s Sample, columns ...string) (*Activations, error) {
	out := &Activations{Shapes: make([][]int, len(columns)), Values: make([][]float32, len(columns))}
	path := filepath.Join(r.Dir, filepath.Base(s.File))
	skip, left := s.FirstRow, s.Rows
	err := eachRecord(path, func(rec arrow.Record) error {
		n := rec.NumRows()
		if left == 0 {
			return errEnough
		}
		if skip >= n {
			skip -= n
			return nil
		}
		part := rec.NewSlice(skip, min(n, skip+left))
		defer part.Release()
		skip, left = 0, left-part.NumRows()
		return out.take(part, columns)
	})
	if err == nil && left > 0 {
		err = fmt.Errorf("storage: %s: sample %d has %d rows, %d are missing", path, s.SampleID, s.Rows, left)
	}
	return out, err
}

// errEnough, returned by eachRecord's fn, ends the reading without an error.
var errEnough = errors.New("storage: enough read")

// eachRecord calls fn on the record batches of an Arrow file in turn.
func eachRecord(path string, fn func(arrow.Record) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	reader, err := ipc.NewFileReader(f)
	if err != nil {
		return fmt.Errorf("storage: %s is not a whole Arrow file: %w", path, err)
	}
	defer reader.Close()
	for i := range reader.NumRecords() {
		rec, err := reader.RecordAt(i)
		if err != nil {
			return fmt.Errorf("storage: %s: record batch %d: %w", path, i, err)
		}
		err = fn(rec)
		rec.Release()
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
