package verify

import (
	"bytes"
	"context"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Bytes checks one Arrow file that lies in memory against a schema, that of
// samples or of activations with the given columns: of the run the manifest is known,
// and no other file.
func Bytes(m *rundir.Manifest, columns []arrowfile.Column, text []byte, schema *arrow.Schema) []Problem {
	v := &verifier{ctx: context.Background(), m: m, infs: make([]int64, len(m.Hooks)), prompts: map[promptSample]struct{}{}, seeds: map[promptSample]int64{}, columns: columns}
	v.arms()
	s := arrowfile.NewScanner(v.ctx, bytes.NewReader(text), int64(len(text)), true)
	defer s.Close()
	check := tableCheck{schema: func(*arrow.Schema) *arrow.Schema { return schema }, batchRows: -1}
	if schema.Field(1).Name == "prompt_id" {
		c := &sampleCheck{verifier: v, table: &sampleTable{}}
		c.optional = schema.Fields()[len(rundir.RequiredSampleFields):]
		check.batch = c.batch
	} else {
		c := &rowCheck{verifier: v, last: -1}
		check.batch = c.batch
	}
	v.tableRows(rundir.FileInfo{}, check, s)
	return v.out.Problems
}

// Manifest checks what a manifest says by itself.
func Manifest(m *rundir.Manifest) []Problem {
	v := &verifier{m: m}
	v.described(m)
	return v.out.Problems
}
