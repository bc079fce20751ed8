package rundir

import (
	"fmt"
	"path/filepath"

	"intentprobe/storage/arrowfile"
)

// Samples reads the samples of every group, in order of their ids.
func (r *Run) Samples() ([]Sample, error) {
	var out []Sample
	for _, g := range r.Groups {
		samples, err := ReadSamples(filepath.Join(r.Dir, GroupFile("samples", g.Number)))
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
	return ReadActivations(t, s, columns)
}

// ReadActivations is Run.Read for an open file of activations.
func ReadActivations(t *arrowfile.File, s Sample, columns []string) (*Activations, error) {
	if s.FirstRow < 0 || s.Rows < 0 || s.FirstRow > t.Rows() || s.Rows > t.Rows()-s.FirstRow {
		return nil, t.Damaged("", fmt.Errorf("sample %d has rows %d to %d; the file has %d", s.SampleID, s.FirstRow, s.FirstRow+s.Rows, t.Rows()))
	}
	out := &Activations{Shapes: make([][]int, len(columns)), Values: make([][]float32, len(columns))}
	from, to := s.FirstRow, s.FirstRow+s.Rows
	var err error
	if out.Rows, err = ReadRowsOf(t, from, to); err != nil {
		return nil, err
	}
	for i, name := range columns {
		values, of, err := t.ReadFloats(name, from, to)
		if err != nil {
			return nil, err
		}
		out.Shapes[i], out.Values[i] = of.Shape, values
	}
	return out, nil
}
