package decode

import (
	"fmt"
	"unsafe"

	"github.com/x448/float16"

	"intentprobe/capture/internal/fake"
	"intentprobe/hooks"
	"intentprobe/models"
)

// fill writes the activations as models.Target lays them out.
func (d *fakeDecoder) fill(extent models.Extent, targets []models.Target) error {
	taken := map[models.Target]bool{}
	for i, target := range targets {
		if target.Base == nil {
			continue
		}
		if taken[target] || target.Row < 0 || target.Row >= target.Capacity {
			d.t.Errorf("row %d of %d is given twice or is none", target.Row, target.Capacity)
		}
		taken[target] = true
		at := 0
		for _, l := range d.plan.Reads {
			if l.Tensor == d.missing {
				return &models.MissingTensorError{Point: l}
			}
			if extent.Stop && l.Node > extent.Node {
				return fmt.Errorf("%s is node %d, and the pass stops at %d", l.Point, l.Node, extent.Node)
			}
			at += d.write(d.rows[i], l, target, at)
		}
	}
	return nil
}

// write writes one point of one row and gives the size of a row of that column.
func (d *fakeDecoder) write(row *fakeRow, l hooks.Located, target models.Target, offset int) int {
	switch {
	case l.Output && !row.output:
		d.t.Errorf("%s of a token that has no output flag", l.Point)
	case l.Node > row.sound:
		d.t.Errorf("%s is read behind keys that were not computed", l.Point)
	case l.Layout == hooks.PatternByKey && len(d.histories) > 1:
		d.t.Errorf("a pattern beside %d other sequences", len(d.histories)-1)
	}
	values, size := fake.Activation(l, row.prefix), 4
	if d.plan.Half {
		size = 2
	}
	begin := unsafe.Add(target.Base, target.Capacity*offset+target.Row*size*len(values))
	for j, x := range values {
		if d.plan.Half {
			unsafe.Slice((*uint16)(begin), len(values))[j] = float16.Fromfloat32(x).Bits()
		} else {
			unsafe.Slice((*float32)(begin), len(values))[j] = x
		}
	}
	return size * len(values)
}
