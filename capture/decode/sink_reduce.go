package decode

import (
	"fmt"
	"slices"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// rowReducer reduces the rows of a sample to one, as the columns of reductions in the
// files hold it (rundir.Reductions, docs/format.md): the same sums in the same order.
type rowReducer struct {
	layout  *rowLayout
	columns []int // of the layout
	kinds   []string
	row     []float32 // reused
}

// rowReduction is that of the rows of one sample.
type rowReduction struct {
	rows   int32
	values [][]float32 // by column, then by kind; nil while there is no row
}

func newRowReducer(l *rowLayout, kinds []string) (*rowReducer, error) {
	r := &rowReducer{layout: l, kinds: kinds}
	for i, kind := range kinds {
		if !slices.Contains(rundir.Reductions, kind) || slices.Contains(kinds[:i], kind) {
			return nil, fmt.Errorf("the reductions %q; there are %q, each once", kinds, rundir.Reductions)
		}
	}
	logits := hooks.Point{Site: hooks.Logits}.String() // whose places hold other tokens in each row
	for c, column := range l.columns {
		if column.DType != arrowfile.Int32 && column.Name != logits {
			r.columns = append(r.columns, c)
		}
	}
	return r, nil
}

// add adds a row, which comes after those that were added.
func (r *rowReducer) add(to *rowReduction, at models.Target) {
	to.rows++
	for i, c := range r.columns {
		if len(r.kinds) == 0 {
			return
		}
		r.row = r.layout.appendFloats(r.row[:0], at, c)
		for k, kind := range r.kinds {
			if to.rows == 1 {
				to.values = append(to.values, slices.Clone(r.row))
				continue
			}
			into := to.values[i*len(r.kinds)+k]
			switch kind {
			case "mean":
				for j, x := range r.row {
					into[j] += x
				}
			case "last":
				copy(into, r.row)
			case "max":
				for j, x := range r.row {
					if x > into[j] || x != x {
						into[j] = x
					}
				}
			}
		}
	}
}

// finish gives the reductions by their columns' names; nil where there was no row.
func (r *rowReducer) finish(of *rowReduction) map[string][]float32 {
	if of.rows == 0 {
		return nil
	}
	out := map[string][]float32{}
	for i, c := range r.columns {
		for k, kind := range r.kinds {
			values := of.values[i*len(r.kinds)+k]
			if kind == "mean" {
				for j := range values {
					values[j] /= float32(of.rows)
				}
			}
			out[r.layout.columns[c].Name+"."+kind] = values
		}
	}
	return out
}
