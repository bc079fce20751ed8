package storage

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"intentprobe/storage/rowmem"
)

// reducedArray is a column of reductions, the n-th, of samples. A sample without rows
// has none: null.
func reducedArray(f arrow.Field, of []rowmem.Reduction, n int) arrow.Array {
	size := int(f.Type.(*arrow.FixedSizeListType).Len())
	values, valid, nulls := make([]float32, size*len(of)), make([]byte, (len(of)+7)/8), 0
	for row, r := range of {
		if r.Rows == 0 {
			nulls++
			continue
		}
		copy(values[row*size:], r.Values[n])
		valid[row/8] |= 1 << (row % 8)
	}
	item := array.NewData(arrow.PrimitiveTypes.Float32, len(values), []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Float32Traits.CastToBytes(values))}, nil, 0, 0)
	list := array.NewData(f.Type, len(of), []*memory.Buffer{memory.NewBufferBytes(valid)}, []arrow.ArrayData{item}, nulls, 0)
	return array.MakeFromData(list)
}
