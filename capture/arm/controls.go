package arm

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// controls gives the controls of the arms: of each intervention, and each block of it, those
// of the arm with the strongest dose; and those of every arm that puts several together.
func (c *compiler) controls(named []armPlan) (out []armPlan, err error) {
	asked := c.spec.Controls
	if asked == nil {
		return nil, nil
	}
	subjects, err := c.subjects(named, asked.Scale)
	if err != nil {
		return nil, err
	}
	for _, of := range subjects {
		control := func(kind, name string, number int) *armPlan {
			arm := armPlan{name: of.name + "/" + name, kind: kind, of: of.name, pieces: slices.Clone(of.pieces)}
			for i := range arm.pieces {
				arm.pieces[i].predict = ""
				arm.pieces[i].change = change{kind, number}
			}
			out = append(out, arm)
			return &out[len(out)-1]
		}
		for n := range asked.Random {
			control(Random, fmt.Sprintf("%s.%d", Random, n+1), n+1)
		}
		for n := range asked.Covariance {
			control(Covariance, fmt.Sprintf("%s.%d", Covariance, n+1), n+1)
		}
		if asked.Opposite {
			arm := control(Opposite, Opposite, 0)
			for i := range arm.pieces {
				if dose := arm.pieces[i].dose; dose != nil {
					other := -*dose
					arm.pieces[i].dose = &other
				}
			}
		}
		if asked.Unrelated != "" {
			control(Unrelated, Unrelated, 0)
		}
		for _, layer := range asked.Layer {
			pieces, moved, err := c.moved(of, layer)
			if err != nil {
				return nil, err
			}
			if moved {
				control(Layer, fmt.Sprintf("%s.%d", Layer, layer), layer).pieces = pieces
			}
		}
		if asked.Tokens != "" {
			arm := control(Tokens, Tokens, 0)
			for i := range arm.pieces {
				arm.pieces[i].tokens = asked.Tokens
			}
		}
		if len(out) > mostArms {
			return nil, tooMany(len(out))
		}
	}
	return out, nil
}

// subjects are the arms that get controls.
func (c *compiler) subjects(named []armPlan, scale *float64) (out []*armPlan, err error) {
	strongest := map[string]int{} // in out, by intervention and block
	for i := range named {
		arm := &named[i]
		p := &arm.pieces[0]
		if arm.together || p.dose == nil {
			out = append(out, arm)
			continue
		}
		group := spec.ArmRef{Name: p.iv.Name, Layer: p.layer}.String()
		at, ok := strongest[group]
		if !ok {
			strongest[group] = len(out)
			out = append(out, arm)
			continue
		}
		best := out[at].pieces[0].dose
		if scale != nil && *best == *scale {
			continue
		}
		if scale != nil && *p.dose == *scale || p.iv.Stronger(*p.dose, *best) {
			out[at] = arm
		}
	}
	for _, arm := range out {
		if p := &arm.pieces[0]; !arm.together && scale != nil && p.dose != nil && *p.dose != *scale {
			return nil, hint.Usage(fmt.Errorf("controls.scale is %s, and no arm of %q has that dose", spec.DoseName(*scale), p.iv.Name), "add the arm to arms, or leave controls.scale out for the strongest")
		}
	}
	return out, nil
}

// moved gives the pieces of an arm in another block; false where they are there already.
func (c *compiler) moved(of *armPlan, layer int) (out []piece, moved bool, err error) {
	if layer >= c.points.Layers {
		return nil, false, hint.Usage(fmt.Errorf("controls.layer: block %d is out of range", layer), fmt.Sprintf("this model has blocks 0 to %d", c.points.Layers-1))
	}
	for _, p := range of.pieces {
		place := placeOf(c.spec, p.iv)
		if len(p.points) != 1 || !p.points[0].Site.HasLayer() {
			return nil, false, hint.Usage(fmt.Errorf("controls.layer: %s edits %d points; one point of a block can be moved to another", place, len(p.points)), "leave controls.layer out, or let each intervention edit one block (each: layer)")
		}
		from := p.points[0]
		to, ok := c.points.Find(hooks.Point{Site: from.Site, Layer: layer})
		if !ok {
			return nil, false, hint.Usage(fmt.Errorf("controls.layer: %w", &hooks.AbsentPointError{Point: hooks.Point{Site: from.Site, Layer: layer}, Why: c.points.Absent[hooks.Point{Site: from.Site, Layer: layer}]}), "name another block")
		}
		if !slices.Equal(to.Shape, from.Shape) {
			return nil, false, hint.Usage(fmt.Errorf("controls.layer: %s has rows of %v numbers, %s of %v", to.Point, to.Shape, from.Point, from.Shape), "name another block")
		}
		moved = moved || to.Point != from.Point
		p.where, p.predict, p.change = []hooks.Located{to}, "", change{Layer, layer}
		out = append(out, p)
	}
	return out, moved, nil
}
