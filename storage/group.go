package storage

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// openGroup is a pair of files under way: activations and the samples they belong to.
type openGroup struct {
	number      int
	first       int64 // id of its first sample
	activations *arrowfile.Writer
	schema      *arrow.Schema // of samples
	samples     []rundir.Sample
	source      *arrowfile.File    // of another run, that holds the samples' rows of their table; nil where they are made
	reduced     []rowmem.Reduction // of each
	overflows   []int64            // by column, of the samples that ended
}

// rows counts the rows of the samples that the group holds whole.
func (s *openGroup) rows() int64 {
	if n := len(s.samples); n > 0 {
		last := s.samples[n-1]
		return last.FirstRow + last.Rows
	}
	return 0
}

// commitSamples writes the samples file, whose presence says that the group is
// whole: it comes after the activations.
func (s *openGroup) commitSamples(fs disk.FS, dir string) (rundir.FileInfo, error) {
	a, err := arrowfile.Create(fs, filepath.Join(dir, rundir.GroupFile("samples", s.number)), disk.PartSuffix, s.schema)
	if err != nil {
		return rundir.FileInfo{}, err
	}
	if s.source != nil {
		err = a.Copy(context.Background(), s.source, int64(len(s.samples)), nil)
	} else {
		err = s.writeSamples(a)
	}
	if err != nil {
		a.Discard()
		return rundir.FileInfo{}, err
	}
	return committed(a)
}

func (s *openGroup) writeSamples(a *arrowfile.Writer) error {
	step := s.batchSamples()
	for from := 0; from < len(s.samples); from += step {
		to := min(from+step, len(s.samples))
		if err := a.Write(sampleRecord(s.schema, s.samples[from:to], s.reduced[from:to])); err != nil {
			return err
		}
	}
	return nil
}

// reducedBytes is about how much of reductions is made a record batch of at once.
const reducedBytes = 16 << 20

// batchSamples is how many samples a record batch has: all, where rows are not
// reduced.
func (s *openGroup) batchSamples() int {
	size := int64(0)
	for _, f := range s.schema.Fields() {
		if f.Type.ID() == arrow.FIXED_SIZE_LIST {
			size += arrowfile.FieldBytes(f)
		}
	}
	if size == 0 {
		return max(1, len(s.samples))
	}
	return int(max(1, reducedBytes/size))
}

// Has says whether a group is there, and whole.
func (w *Writer) Has(group int) bool {
	at, ok := w.find(group)
	return ok && !w.groups[at].Partial
}

// Overflows gives, by column, how many finite values of the committed samples
// became infinite as float16.
func (w *Writer) Overflows() []int64 {
	out := make([]int64, len(w.cfg.Columns))
	for _, g := range w.groups {
		for c, n := range g.Overflows() {
			out[c] += n
		}
	}
	return out
}

// Samples counts the committed samples.
func (w *Writer) Samples() (n int64) {
	for _, g := range w.groups {
		n += g.Samples
	}
	return n
}

// Rows counts the committed rows of activations.
func (w *Writer) Rows() (n int64) {
	for _, g := range w.groups {
		n += g.Rows
	}
	return n
}

// find gives the index of a group in w.groups, or where it would be.
func (w *Writer) find(number int) (int, bool) {
	return slices.BinarySearchFunc(w.groups, number, func(g rundir.Group, n int) int { return g.Number - n })
}

// committed commits a file and describes it as a manifest does.
func committed(a *arrowfile.Writer) (rundir.FileInfo, error) {
	sum, err := a.Commit()
	return rundir.NewFileInfo(a.Path, a.Rows, sum), err
}
