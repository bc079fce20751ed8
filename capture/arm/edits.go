package arm

import (
	"fmt"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// edits makes the edits of a piece at a point: with the direction of one point, of the rows
// of another, which differ in the control layer alone.
func (c *compiler) edits(p *piece, of, at hooks.Located) ([]hooks.Edit, error) {
	iv := p.iv
	edit := hooks.Edit{Located: at, Name: iv.Name}
	if iv.Vector.IsZero() || iv.Vector.Ref == spec.ZeroVector {
		return withoutDirection(edit, iv)
	}
	d, err := c.source.ofVector(iv.Vector, of.Point)
	if err != nil {
		return nil, err
	}
	if err := c.use(iv, d); err != nil {
		return nil, err
	}
	where, mask, err := regions(iv, at, d.Width)
	if err != nil {
		return nil, err
	}
	if err := c.suits(p, d, of.Point); err != nil {
		return nil, err
	}
	if iv.Do == "erase" {
		return c.erase(p, d, of.Point, edit, where)
	}
	if d.Vector == nil {
		return nil, hint.Usage(fmt.Errorf("%q is an affine map", d.key), "use it with do: erase")
	}
	a, err := c.along(p, d, of.Point, mask)
	if err != nil {
		return nil, err
	}
	if err := a.fill(&edit, p, d.key); err != nil {
		return nil, err
	}
	var out []hooks.Edit
	for _, r := range where {
		e := edit
		e.First, e.Floats = r.first, r.floats
		if iv.Do == "replace" {
			e.Vector = e.Vector[r.from : r.from+r.floats]
		}
		out = append(out, e)
	}
	return out, nil
}

// withoutDirection makes the edits that need none: a swap of whole rows, rows of zeros.
func withoutDirection(edit hooks.Edit, iv *spec.Intervention) (out []hooks.Edit, err error) {
	where, _, err := regions(iv, edit.Located, 0)
	for _, r := range where {
		e := edit
		e.First, e.Floats = r.first, r.floats
		if e.Op = hooks.EditSwap; iv.Do == "replace" {
			e.Op, e.Vector = hooks.EditReplace, make([]float32, r.floats)
		}
		out = append(out, e)
	}
	return out, err
}

// fill puts the operation, its rows and its numbers into an edit.
func (a *along) fill(e *hooks.Edit, p *piece, key string) error {
	iv := p.iv
	if a.rank > 1 && (iv.Do == "add" || iv.Do == "set" || iv.Do == "replace") {
		return hint.Usage(fmt.Errorf("%q is a subspace of rank %d, and do: %s takes one direction", key, a.rank, iv.Do), "use remove, scale or swap, or a direction")
	}
	unit := unitOf(iv)
	rows, factor := a.unit, 0.0
	e.Rank = a.rank
	switch iv.Do {
	case "add":
		amount, err := a.amount(unit, key)
		if err != nil {
			return err
		}
		if unit == "raw" {
			rows = a.vector
		}
		e.Op, factor, e.Relative = hooks.EditAdd, *p.dose*amount, unit == "norm"
	case "set":
		if err := a.limits(e, p, unit, key); err != nil {
			return err
		}
	case "remove":
		e.Op = hooks.EditProject
	case "scale":
		e.Op, factor = hooks.EditProject, *p.dose
	case "replace":
		e.Op, rows = hooks.EditReplace, a.vector
	case "swap":
		e.Op = hooks.EditSwap
	}
	e.Vector, e.Factor = vector.Narrow(rows), float32(factor)
	if !finite(e.Vector) || !finite([]float32{e.Factor, e.Low, e.High}) {
		return hint.Usage(fmt.Errorf("%q gives numbers that float32 does not hold", key), "use a smaller dose, or another unit")
	}
	return nil
}

// limits puts the limits of set into an edit. A limit that is not there is the largest
// number.
func (a *along) limits(e *hooks.Edit, p *piece, unit, key string) error {
	e.Op, e.Relative = hooks.EditClamp, unit == "norm"
	low, high := p.dose, p.dose
	if p.dose == nil {
		low, high = p.iv.Min, p.iv.Max
		if p.change.kind == Opposite {
			low, high = negated(high), negated(low)
		}
	}
	number := func(limit *float64, none float64) (float64, error) {
		if limit == nil {
			return none, nil
		}
		return a.coordinate(*limit, unit, key)
	}
	none := float64(math.MaxFloat32)
	if unit == "gap" && a.positive < a.negative { // what is more towards the positive mean is less along the direction
		none = -none
	}
	from, err := number(low, -none)
	if err != nil {
		return err
	}
	to, err := number(high, none)
	e.Low, e.High = float32(min(from, to)), float32(max(from, to))
	return err
}

func negated(x *float64) *float64 {
	if x == nil {
		return nil
	}
	y := -*x
	return &y
}

// unitOf is the unit of an intervention's doses.
func unitOf(iv *spec.Intervention) string {
	if iv.Unit == "" {
		return spec.Units[0]
	}
	return iv.Unit
}
