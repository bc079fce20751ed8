package storage

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// sampleRecord turns samples into one Arrow record; reduced has their reductions,
// which are the tensors of the schema in their order.
func sampleRecord(schema *arrow.Schema, samples []rundir.Sample, reduced []rowmem.Reduction) arrow.Record {
	var columns []arrow.Array
	tensors, of := 0, rundir.SampleColumnsOf(schema)
	for _, f := range schema.Fields() {
		if f.Type.ID() == arrow.FIXED_SIZE_LIST {
			columns = append(columns, reducedArray(f, reduced, tensors))
			tensors++
			continue
		}
		c, b := of.Named(f.Name), array.NewBuilder(memory.DefaultAllocator, f.Type)
		for i := range samples {
			arrowfile.AppendValue(b, c.In(&samples[i]))
		}
		columns = append(columns, b.NewArray())
		b.Release()
	}
	return array.NewRecord(schema, columns, int64(len(samples)))
}
