package compare

import (
	"encoding/binary"
	"fmt"
	"path/filepath"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// reduced gives the first difference of what a sample, row i of the samples table,
// was reduced to; and keeps the largest.
func (c *comparison) reduced(g rundir.Group, i int64, of rundir.Sample) (first *Deviation, err error) {
	var tables [2]*arrowfile.File
	for n, dir := range []string{c.then.Dir, c.now.Dir} {
		if tables[n], err = rundir.OpenTable(filepath.Join(dir, rundir.GroupFile("samples", g.Number))); err != nil {
			return nil, err
		}
		defer tables[n].Close()
	}
	if !tables[0].Has("reduced_tokens") {
		return nil, nil
	}
	var rows [2]int32
	for n, t := range tables {
		b := make([]byte, 4)
		if err := t.ReadColumn("reduced_tokens", i, i+1, b); err != nil {
			return nil, err
		}
		rows[n] = int32(binary.LittleEndian.Uint32(b))
	}
	if rows[0] != rows[1] {
		return deviation(of, Deviation{Position: -1, Column: "reduced_tokens", Then: fmt.Sprint(rows[0]), Now: fmt.Sprint(rows[1])}), nil
	}
	for _, column := range tables[0].Columns() {
		if column.Tensor == nil || rows[0] == 0 { // null without rows
			continue
		}
		was, _, err := tables[0].ReadFloats(column.Name, i, i+1)
		if err != nil {
			return nil, err
		}
		is, _, err := tables[1].ReadFloats(column.Name, i, i+1)
		if err != nil {
			return nil, err
		}
		d := &Deviation{Then: fmt.Sprint(len(was)), Now: fmt.Sprint(len(is))}
		if len(was) == len(is) {
			d = tensorDeviation(was, is)
		}
		if d == nil {
			continue
		}
		d.SampleID, d.PromptID, d.Arm, d.Position, d.Column = of.SampleID, of.PromptID, of.Arm, -1, column.Name
		if first == nil {
			first = d
		}
		if c.Largest == nil || d.Size > c.Largest.Size {
			c.Largest = d
		}
	}
	return first, nil
}
