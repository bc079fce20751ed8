package arm

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// region is floats of a row that one edit changes, and where its part of a direction
// begins.
type region struct{ first, floats, from int }

// regions says which floats of a point's rows an intervention changes. width is that of its
// direction, 0 where there is none. mask holds, for a direction of the whole width that is
// cut to some heads, which of its floats stay; nil: all.
func regions(iv *spec.Intervention, at hooks.Located, width int) (out []region, mask []bool, err error) {
	whole := at.Width()
	if len(iv.Heads) == 0 {
		if width != 0 && width != whole {
			return nil, nil, hint.Usage(fmt.Errorf("the direction has the width %d, and %s has rows of %d numbers", width, at.Point, whole), "use a direction that was made at a point of this width")
		}
		return []region{{0, whole, 0}}, nil, nil
	}
	if !at.Site.ByHead() || len(at.Shape) != 2 {
		return nil, nil, hint.Usage(fmt.Errorf("heads is set, and %s has no heads", at.Point), "heads are at z, q, k and v")
	}
	heads, each := at.Shape[0], at.Shape[1]
	if width != 0 && width != each && width != whole {
		return nil, nil, hint.Usage(fmt.Errorf("the direction has the width %d, and %s has %d heads of %d numbers", width, at.Point, heads, each), fmt.Sprintf("use a direction of the width %d, or of %d", each, whole))
	}
	for _, h := range iv.Heads {
		if h >= heads {
			return nil, nil, hint.Usage(fmt.Errorf("heads holds %d, and %s has %d heads", h, at.Point, heads), fmt.Sprintf("heads are counted from 0 to %d", heads-1))
		}
	}
	cut := width == whole && each != whole // the direction is of the whole row
	if cut {
		mask = make([]bool, whole)
		for _, h := range iv.Heads {
			for i := range each {
				mask[h*each+i] = true
			}
		}
		if iv.Do == "erase" {
			return nil, nil, hint.Usage(fmt.Errorf("an affine map of the width %d cannot be cut to heads of %s", whole, at.Point), fmt.Sprintf("make one of the width %d", each))
		}
		if iv.Do != "replace" {
			return []region{{0, whole, 0}}, mask, nil
		}
	}
	sorted := slices.Sorted(slices.Values(iv.Heads))
	for _, h := range sorted {
		r := region{first: h * each, floats: each}
		if cut {
			r.from = r.first
		}
		out = append(out, r)
	}
	return out, mask, nil
}

// cutTo sets the floats of rows that a mask leaves out to zero.
func cutTo(mask []bool, rows []float64) []float64 {
	if mask == nil {
		return rows
	}
	out := slices.Clone(rows)
	for i := range out {
		if !mask[i%len(mask)] {
			out[i] = 0
		}
	}
	return out
}
