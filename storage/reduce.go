package storage

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/x448/float16"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// reducer says which columns of rows are reduced, and how.
type reducer struct {
	layout  *layout
	columns []int // of the layout
	kinds   []string
	halves  []float32 // a row of a Float16 column, reused
}

// reduction is that of the rows of one sample. Memory: a row for each kind.
type reduction struct {
	rows   int32
	values [][]float32 // by column, then by kind; nil while there is no row
}

func newReducer(l *layout, reduce []string) (*reducer, error) {
	r := &reducer{layout: l, kinds: reduce}
	for i, kind := range reduce {
		if !slices.Contains(rundir.Reductions, kind) || slices.Contains(reduce[:i], kind) {
			return nil, fmt.Errorf("the reductions %q; there are %q, each once", reduce, rundir.Reductions)
		}
	}
	for c, column := range l.columns {
		if len(reduce) > 0 && rundir.Reducible(column) {
			r.columns = append(r.columns, c)
		}
	}
	return r, nil
}

// add adds a row, which comes after those that were added.
func (r *reducer) add(to *reduction, p Place) {
	to.rows++
	if to.rows == 1 {
		to.values = make([][]float32, 0, len(r.columns)*len(r.kinds))
		for _, c := range r.columns {
			row := r.floats(c, p)
			for range r.kinds {
				to.values = append(to.values, slices.Clone(row))
			}
		}
		return
	}
	for i, c := range r.columns {
		row := r.floats(c, p)
		for k, kind := range r.kinds {
			into := to.values[i*len(r.kinds)+k]
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

// finish makes means of the sums.
func (r *reducer) finish(of *reduction) {
	for i, values := range of.values {
		if r.kinds[i%len(r.kinds)] == "mean" {
			for j := range values {
				values[j] /= float32(of.rows)
			}
		}
	}
}

// floats views a row of a column, valid until the next call.
func (r *reducer) floats(c int, p Place) []float32 {
	if r.layout.columns[c].DType == arrowfile.Float32 {
		return view[float32](r.layout, c, p, arrowfile.Float32)
	}
	r.halves = r.halves[:0]
	for _, bits := range view[uint16](r.layout, c, p, arrowfile.Float16) {
		r.halves = append(r.halves, float16.Frombits(bits).Float32())
	}
	return r.halves
}

// reducedArray is a column of reductions, the n-th, of samples. A sample without rows
// has none: null.
func reducedArray(f arrow.Field, of []reduction, n int) arrow.Array {
	size := int(f.Type.(*arrow.FixedSizeListType).Len())
	values, valid, nulls := make([]float32, size*len(of)), make([]byte, (len(of)+7)/8), 0
	for row, r := range of {
		if r.rows == 0 {
			nulls++
			continue
		}
		copy(values[row*size:], r.values[n])
		valid[row/8] |= 1 << (row % 8)
	}
	item := array.NewData(arrow.PrimitiveTypes.Float32, len(values), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Float32Traits.CastToBytes(values))}, nil, 0, 0)
	list := array.NewData(f.Type, len(of), []*memory.Buffer{memory.NewBufferBytes(valid)}, []arrow.ArrayData{item}, nulls, 0)
	return array.MakeFromData(list)
}
