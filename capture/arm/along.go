package arm

import (
	"errors"
	"fmt"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// along is what a piece's edits are made along: rows, and the units in which its dose is.
type along struct {
	rank, width int
	vector      []float64 // [rank, width], as it is; of rank 1 in controls as long as the arm's own
	unit        []float64 // [rank, width] orthonormal rows

	// Of the arm's own direction, also in its controls: where the class means lie along it.
	positive, negative float64
	means              bool
	sd                 float64 // NaN where unknown
}

// along makes the rows of a piece's direction, or of what a control puts in its place.
func (c *compiler) along(p *piece, d *direction, at hooks.Point, mask []bool) (*along, error) {
	own := d
	if d.like != nil {
		own = d.like
	}
	out := &along{rank: d.Rank, width: d.Width, vector: cutTo(mask, vector.Widen(d.Vector)), sd: own.SD}
	var err error
	if out.unit, err = orthonormal(out.vector, d.Width); err != nil {
		return nil, unusable(d, err)
	}
	if own.Rank == 1 {
		line, err := orthonormal(cutTo(mask, vector.Widen(own.Vector)), own.Width)
		if err != nil {
			return nil, unusable(own, err)
		}
		if out.means = own.Positive != nil && own.Negative != nil; out.means {
			out.positive, out.negative = dot(line, vector.Widen(own.Positive)), dot(line, vector.Widen(own.Negative))
		}
	}
	if mask != nil {
		out.sd = math.NaN() // that of the whole projection
	}
	rows, err := c.controlRows(p, d, own, at, d.Rank)
	if err != nil || rows == nil {
		return out, err
	}
	if out.unit, err = orthonormal(cutTo(mask, rows), d.Width); err != nil {
		return nil, fmt.Errorf("the directions of %s.%d: %w", p.change.kind, p.change.number, err)
	}
	norm := 1.0
	if d.Rank == 1 {
		norm = length(out.vector)
	}
	out.vector = multiplied(out.unit, norm)
	return out, nil
}

// controlRows draws or reads the rows that a control uses instead; nil where it uses the
// arm's own.
func (c *compiler) controlRows(p *piece, d, own *direction, at hooks.Point, rank int) ([]float64, error) {
	layer := "-"
	if p.layer != nil {
		layer = fmt.Sprint(*p.layer)
	}
	random := draws("control", c.seed(), p.iv.Name, layer, p.change.kind, p.change.number, d.name())
	switch p.change.kind {
	case Random:
		return isotropic(random, rank, d.Width), nil
	case Covariance:
		if own.Covariance == nil {
			return nil, hint.Usage(fmt.Errorf("controls.covariance: %q keeps no covariance of its rows", own.key), "make the direction with ", hint.Command{"vector", "make"}, ", which keeps it, or leave controls.covariance out")
		}
		return matched(random, rank, d.Width, own.Covariance), nil
	case Unrelated:
		other, err := c.source.find(c.spec.Controls.Unrelated, at)
		if err != nil {
			return nil, fmt.Errorf("controls.unrelated: %w", err)
		}
		if err := c.use(p.iv, other); err != nil {
			return nil, err
		}
		if other.Rank != rank || other.Width != d.Width {
			return nil, hint.Usage(fmt.Errorf("controls.unrelated: %q is of rank %d and width %d; %q is of rank %d and width %d", other.key, other.Rank, other.Width, d.key, rank, d.Width), "name a direction that differs in nothing but where it points")
		}
		if err := c.suits(p, other, at); err != nil {
			return nil, fmt.Errorf("controls.unrelated: %w", err)
		}
		return vector.Widen(other.Vector), nil
	}
	return nil, nil
}

// seed is that of the controls' random directions.
func (c *compiler) seed() int64 {
	if c.spec.Controls == nil {
		return 0
	}
	return c.spec.Controls.Seed
}

// unusable says why a direction cannot be used.
func unusable(d *direction, err error) error {
	if errors.Is(err, errZero) {
		return hint.Usage(fmt.Errorf("%q %w", d.key, vector.ErrZero), "use another direction; ", hint.Command{"vector", "show"}, " shows the norms of a file's")
	}
	return hint.Usage(fmt.Errorf("%q %w", d.key, err), "leave rows out of it that are in the span of others")
}

// amount is how much one of a unit is along the direction; of raw the norm of the vector.
func (a *along) amount(unit, key string) (float64, error) {
	out := 0.0
	switch unit {
	case "gap":
		if !a.means {
			return 0, noMeans(key, unit)
		}
		out = math.Abs(a.positive - a.negative)
	case "sd":
		if math.IsNaN(a.sd) {
			return 0, hint.Usage(fmt.Errorf("unit is sd, and %q has no standard deviation of its projection, or is cut to some heads", key), "use the unit raw, norm or gap, or make the direction with ", hint.Command{"vector", "make"})
		}
		out = a.sd
	default:
		return 1, nil
	}
	if out == 0 {
		return 0, hint.Usage(fmt.Errorf("unit is %s, which is 0 along %q", unit, key), "use the unit raw or norm")
	}
	return out, nil
}

// coordinate is the number along the direction of norm 1 that a value in a unit means.
func (a *along) coordinate(value float64, unit, key string) (float64, error) {
	amount, err := a.amount(unit, key)
	if err != nil {
		return 0, err
	}
	switch {
	case unit == "gap":
		return a.negative + value*(a.positive-a.negative), nil
	case unit != "sd":
		return value, nil
	case !a.means:
		return 0, noMeans(key, unit)
	}
	return (a.positive+a.negative)/2 + value*amount, nil
}

func noMeans(key, unit string) error {
	return hint.Usage(fmt.Errorf("unit is %s, and %q %w", unit, key, vector.ErrNoMeans), "use the unit raw or norm, or make the direction with ", hint.Command{"vector", "make"}, ", which keeps them")
}
