package storage

import (
	"fmt"
	"path/filepath"
	"slices"
)

// openGroup is a pair of files under way: activations and the samples they belong to.
type openGroup struct {
	number      int
	first       int64 // id of its first sample
	activations *arrowPart
	samples     []Sample
	overflows   []int64 // by column, of the samples that ended
}

// rows counts the rows of the samples that the group holds whole.
func (s *openGroup) rows() int64 {
	if n := len(s.samples); n > 0 {
		last := s.samples[n-1]
		return last.FirstRow + last.Rows
	}
	return 0
}

func groupFile(kind string, number int) string { return fmt.Sprintf("%s-%05d.arrow", kind, number) }

// commitSamples writes the samples file, whose presence says that the group is
// whole: it comes after the activations.
func (s *openGroup) commitSamples(fs FS, dir string) (FileInfo, error) {
	schema := sampleSchema()
	a, err := createArrow(fs, filepath.Join(dir, groupFile("samples", s.number)), partSuffix, schema)
	if err != nil {
		return FileInfo{}, err
	}
	if err := a.write(sampleRecord(schema, s.samples)); err != nil {
		a.discard()
		return FileInfo{}, err
	}
	return a.commit()
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
		for c, n := range g.Overflows {
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
	return slices.BinarySearchFunc(w.groups, number, func(g Group, n int) int { return g.Number - n })
}
