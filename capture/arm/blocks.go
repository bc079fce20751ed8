package arm

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// blocksOf selects the points of an intervention: those of each layer apart with each:
// layer, else all of them.
func (c *compiler) blocksOf(iv *spec.Intervention) ([]block, error) {
	if b, ok := c.blocks[iv.Name]; ok {
		return b, nil
	}
	place := placeOf(c.spec, iv)
	points, err := c.points.Select(iv.At)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("%s.at: %w", place, err))
	}
	for _, p := range points {
		if err := hooks.CheckWritable(p.Site, p.Point.String()); err != nil {
			return nil, hint.Usage(fmt.Errorf("%s.at: %w", place, err))
		}
	}
	var out []block
	for _, p := range points {
		layer := p.Layer
		if n := len(out) - 1; n >= 0 && (!iv.ByLayer() || *out[n].layer == layer) {
			out[n].points = append(out[n].points, p)
			continue
		}
		b := block{points: []hooks.Located{p}}
		if iv.ByLayer() {
			b.layer = &layer
		}
		out = append(out, b)
	}
	for _, b := range out {
		for i, p := range b.points {
			if at := slices.IndexFunc(b.points, func(o hooks.Located) bool { return o.Node == p.Node }); at < i {
				return nil, hint.Usage(fmt.Errorf("%s.at: %s and %s are one row, which would be changed twice", place, b.points[at].Point, p.Point), "name one of them")
			}
		}
	}
	if c.blocks == nil {
		c.blocks = map[string][]block{}
	}
	c.blocks[iv.Name] = out
	return out, nil
}

func layersOf(blocks []block) string {
	first, last := blocks[0].layer, blocks[len(blocks)-1].layer
	if first == nil {
		return "no block by itself"
	}
	return fmt.Sprintf("blocks %d to %d", *first, *last)
}
