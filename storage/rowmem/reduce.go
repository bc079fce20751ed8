package rowmem

import (
	"fmt"
	"slices"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Reducer says which columns of rows are reduced, and how.
type Reducer struct {
	Columns []int    // of the layout, those that can be reduced
	Kinds   []string // of rundir.Reductions

	layout *Layout
	halves []float32 // a row of a Float16 column, reused
}

// Reduction is that of the rows of one sample. Memory: a row for each kind. The zero
// value is that of no row.
type Reduction struct {
	Rows   int32
	Values [][]float32 // by column, then by kind; nil while there is no row
}

// NewReducer makes a reducer of kinds, each of rundir.Reductions and there once. With
// none it counts rows.
func NewReducer(l *Layout, kinds []string) (*Reducer, error) {
	r := &Reducer{layout: l, Kinds: kinds}
	for i, kind := range kinds {
		if !slices.Contains(rundir.Reductions, kind) || slices.Contains(kinds[:i], kind) {
			return nil, fmt.Errorf("the reductions %q; there are %q, each once", kinds, rundir.Reductions)
		}
	}
	for c, column := range l.Columns {
		if len(kinds) > 0 && rundir.Reducible(column) {
			r.Columns = append(r.Columns, c)
		}
	}
	return r, nil
}

// Add adds a row, which comes after those that were added.
func (r *Reducer) Add(to *Reduction, p Place) {
	to.Rows++
	if to.Rows == 1 {
		to.Values = make([][]float32, 0, len(r.Columns)*len(r.Kinds))
		for _, c := range r.Columns {
			row := r.floats(c, p)
			for range r.Kinds {
				to.Values = append(to.Values, slices.Clone(row))
			}
		}
		return
	}
	for i, c := range r.Columns {
		row := r.floats(c, p)
		for k, kind := range r.Kinds {
			into := to.Values[i*len(r.Kinds)+k]
			switch kind {
			case "mean":
				for j, x := range row {
					into[j] += x
				}
			case "last":
				copy(into, row)
			case "max":
				for j, x := range row {
					if x > into[j] || x != x {
						into[j] = x
					}
				}
			}
		}
	}
}

// Finish makes means of the sums.
func (r *Reducer) Finish(of *Reduction) {
	for i, values := range of.Values {
		if r.Kinds[i%len(r.Kinds)] == "mean" {
			for j := range values {
				values[j] /= float32(of.Rows)
			}
		}
	}
}

// floats views a row of a column, valid until the next call.
func (r *Reducer) floats(c int, p Place) []float32 {
	if r.layout.Columns[c].DType == arrowfile.Float32 {
		return r.layout.Floats(p, c)
	}
	r.halves = r.layout.AppendFloats(r.halves[:0], p, c)
	return r.halves
}
