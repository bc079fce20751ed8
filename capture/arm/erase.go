package arm

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// erase makes the edits of an affine map. The controls that take another direction remove a
// subspace of the same rank, and put in its place the coordinates of the middle of the class
// means, or, where these are not known, of the map's offset: as the map itself does with its
// own.
func (c *compiler) erase(p *piece, d *direction, of hooks.Point, edit hooks.Edit, where []region) ([]hooks.Edit, error) {
	if d.Matrix == nil {
		return nil, hint.Usage(fmt.Errorf("%q is no affine map", d.key), "do: erase needs the tensors NAME.A and NAME.b; do: remove takes a direction out")
	}
	rank := 0
	if k := p.change.kind; k == Random || k == Covariance || k == Unrelated {
		if rank = d.erases(); rank == 0 {
			return nil, hint.Usage(fmt.Errorf("%q changes nothing, and has no controls", d.key), "use another affine map")
		}
	}
	rows, err := c.controlRows(p, d, d, of, rank)
	if err != nil {
		return nil, err
	}
	var made []hooks.Edit
	if rows == nil {
		edit.Op, edit.Vector, edit.Bias = hooks.EditAffine, d.Matrix, d.Offset
		made = append(made, edit)
	} else {
		q, err := orthonormal(rows, d.Width)
		if err != nil {
			return nil, fmt.Errorf("the directions of %s.%d: %w", p.change.kind, p.change.number, err)
		}
		edit.Op, edit.Rank, edit.Vector = hooks.EditProject, rank, vector.Narrow(q)
		made = append(made, edit)
		edit.Op, edit.Rank, edit.Vector, edit.Factor = hooks.EditAdd, 1, vector.Narrow(inSpan(q, d.middle())), 1
		made = append(made, edit)
	}
	var out []hooks.Edit
	for _, r := range where {
		for _, e := range made {
			e.First, e.Floats = r.first, r.floats
			out = append(out, e)
		}
	}
	return out, nil
}

// erases is the rank of what an affine map takes away: of A - I.
func (d *direction) erases() int {
	rest := vector.Widen(d.Matrix)
	for i := range d.Width {
		rest[i*d.Width+i]--
	}
	return rankOf(rest, d.Width)
}

// middle is half way between the class means; of a map without them its offset, which of a
// projection is what it puts in the place of what it takes away.
func (d *direction) middle() []float64 {
	if d.Positive == nil || d.Negative == nil {
		return vector.Widen(d.Offset)
	}
	out := vector.Widen(d.Positive)
	addScaled(out, 1, vector.Widen(d.Negative))
	scaleBy(out, 0.5)
	return out
}

// inSpan gives QᵀQx.
func inSpan(q, x []float64) []float64 {
	out := make([]float64, len(x))
	for i := 0; i < len(q); i += len(x) {
		row := q[i : i+len(x)]
		addScaled(out, dot(row, x), row)
	}
	return out
}
