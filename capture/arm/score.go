package arm

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
)

// score makes the edit that scores rows for the condition of a piece.
func (c *compiler) score(p *piece) (hooks.Edit, error) {
	e := hooks.Edit{Name: p.iv.Name, Op: hooks.EditScore, Rank: 1}
	d, err := c.source.find(p.iv.When.Probe, p.points[0].Point)
	if err != nil {
		return e, err
	}
	if err := c.use(p.iv, d); err != nil {
		return e, err
	}
	if e.Located, err = d.scoresAt(c.points); err != nil {
		return e, err
	}
	if err := hooks.CheckWritable(e.Site, e.Point.String()); err != nil {
		return e, err
	}
	for _, at := range p.where {
		if at.Node < e.Node {
			return e, hint.Usage(fmt.Errorf("%q scores at %s, which is computed after %s, where rows are changed", d.key, e.Point, at.Point), "use a probe of the same point, or of an earlier one")
		}
	}
	e.Floats, e.Vector, e.Bias = d.Width, d.Vector, []float32{float32(d.Bias)}
	return e, nil
}

// scoresAt finds the point whose rows a direction scores, which is the one that it was made
// at. It refuses what is no single direction, or not of the width of these rows.
func (d *direction) scoresAt(points *hooks.Map) (at hooks.Located, err error) {
	if is := d.Instead(d.meta); is != "" {
		return at, hint.Usage(fmt.Errorf("%q is no single direction, but %s", d.key, is), "a probe scores along one: x·v + bias")
	}
	if d.Norm() == 0 {
		return at, unusable(d, errZero)
	}
	point, ok := d.madeAt()
	if !ok {
		return at, hint.Usage(fmt.Errorf("%q does not say at which point it scores", d.key), "make it with ", hint.Command{"vector", "make"}, ", or name the direction after its point")
	}
	if at, ok = points.Find(point); !ok {
		if point.Layer >= points.Layers {
			return at, hint.Usage(fmt.Errorf("%q scores at %s, and the model has %d blocks", d.key, point, points.Layers), "use a probe of this model")
		}
		return at, hint.Usage(fmt.Errorf("%q scores at a point that is not there: %w", d.key, &hooks.AbsentPointError{Point: point, Why: points.Absent[point]}), "use a probe of another point")
	}
	if at.Width() != d.Width {
		return at, hint.Usage(fmt.Errorf("%q has the width %d, and %s has rows of %d numbers", d.key, d.Width, point, at.Width()), "use a probe of this width")
	}
	return at, nil
}

// madeAt is the point that a direction was made at, of a random one the other's that it is
// like; false where it is not known.
func (d *direction) madeAt() (hooks.Point, bool) {
	if d.like != nil {
		return d.like.madeAt()
	}
	if p, ok := hooks.ParsePoint(d.name()); ok {
		return p, true
	}
	return hooks.ParsePoint(d.meta.Point)
}
