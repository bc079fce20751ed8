package arm

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// Compile makes the arms of a spec for one model, whose points are where m says. The spec
// was validated. Errors are *hint.UsageError: they name the intervention and what does not
// fit. A spec without interventions and controls has the arm none alone.
func Compile(s *spec.Spec, from *Source, m *hooks.Map, facts vector.Facts) (*Set, error) {
	c := &compiler{spec: s, source: from, points: m, facts: facts, set: &Set{used: map[string]*direction{}}, pool: newPool(len(s.Interventions))}
	plans := []armPlan{{name: spec.ArmNone, kind: None}}
	named, err := c.named()
	if err != nil {
		return nil, err
	}
	plans = append(plans, named...)
	controls, err := c.controls(named)
	if err != nil {
		return nil, err
	}
	plans = append(plans, controls...)
	if s.Controls != nil && s.Controls.Prompt != "" {
		plans = append(plans, armPlan{name: spec.ArmPrompt, kind: Prompt, prompt: s.Controls.Prompt})
	}
	for i := range plans {
		a, err := c.arm(&plans[i])
		if err != nil {
			return nil, err
		}
		c.set.Arms = append(c.set.Arms, a)
	}
	c.notices(named)
	c.pool.number(c.set, c.order)
	return c.set, nil
}

// named gives the arms of the spec, without none and controls.
func (c *compiler) named() (out []armPlan, err error) {
	wanted := c.spec.Arms
	if len(wanted) == 0 {
		for i := range c.spec.Interventions {
			wanted = append(wanted, spec.Arm{Name: c.spec.Interventions[i].Name})
		}
	}
	for i, a := range wanted {
		place := fmt.Sprintf("arms[%d]", i)
		if len(a.Of) == 0 {
			if a.Name == spec.ArmNone || a.Name == spec.ArmPrompt {
				continue
			}
			arms, err := c.armsNamed(place, a.Name, a.Predict)
			if err != nil {
				return nil, err
			}
			for _, arm := range arms {
				if !slices.ContainsFunc(out, func(o armPlan) bool { return o.name == arm.name }) {
					out = append(out, arm)
				}
			}
			continue
		}
		both := armPlan{name: a.Name, kind: Edit, together: true, predict: a.Predict}
		for _, part := range a.Of {
			arms, err := c.armsNamed(place, part, "")
			if err != nil {
				return nil, err
			}
			both.pieces = append(both.pieces, arms[0].pieces...)
		}
		slices.SortStableFunc(both.pieces, func(x, y piece) int { return c.order(x.iv.Name) - c.order(y.iv.Name) })
		out = append(out, both)
	}
	if len(out) > mostArms {
		return nil, tooMany(len(out))
	}
	return out, nil
}

// armsNamed gives the arms of one intervention that a name means.
func (c *compiler) armsNamed(place, name, predict string) (out []armPlan, err error) {
	ref, _ := spec.ParseArmRef(name)
	iv := c.spec.Intervention(ref.Name)
	if iv == nil {
		return nil, hint.Usage(fmt.Errorf("%s: %q is no arm of an intervention", place, name), "name an intervention, or one of its doses as NAME@DOSE")
	}
	blocks, err := c.blocksOf(iv)
	if err != nil {
		return nil, err
	}
	if predict == "" {
		predict = iv.Predict
	}
	for _, b := range blocks {
		if ref.Layer != nil && (b.layer == nil || *b.layer != *ref.Layer) {
			continue
		}
		for i, arm := range iv.ArmRefs(b.layer) {
			p := piece{iv: iv, layer: b.layer, points: b.points, where: b.points, tokens: iv.Tokens, predict: predict}
			if doses := iv.Doses(); len(doses) > 0 {
				if p.dose = &doses[i]; ref.Dose != nil && *ref.Dose != *p.dose {
					continue
				}
			}
			out = append(out, armPlan{name: arm.String(), kind: Edit, pieces: []piece{p}})
		}
	}
	if len(out) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s: %q names a block that %s does not edit", place, name, iv.Name), "it edits "+layersOf(blocks))
	}
	return out, nil
}

// arm makes the edits of an arm.
func (c *compiler) arm(plan *armPlan) (Arm, error) {
	a := Arm{Name: plan.name, Kind: plan.kind, Of: plan.of, Prompt: plan.prompt, Predict: plan.predict}
	use := c.pool.arm()
	for i := range plan.pieces {
		p := &plan.pieces[i]
		part, err := c.part(p, use)
		if err != nil {
			return a, err
		}
		a.Parts = append(a.Parts, part)
	}
	return a, nil
}

// part makes the edits of an intervention in an arm.
func (c *compiler) part(p *piece, use *armUse) (Part, error) {
	iv, place := p.iv, placeOf(c.spec, p.iv)
	tokens, err := selection.ParseKey(place+".tokens", p.tokens)
	if err != nil {
		return Part{}, err
	}
	out := Part{Name: iv.Name, Tokens: tokens, Followups: iv.Followups, Do: iv.Do, Scale: p.dose, Predict: p.predict}
	if iv.Do == "add" || iv.Do == "set" {
		out.Unit = unitOf(iv)
	}
	if iv.Do == "swap" {
		out.Swap = &Swap{Pair: iv.From.Pair, Condition: iv.From.Condition, Align: iv.Align}
		if out.Swap.Align == "" {
			out.Swap.Align = spec.Alignments[0]
		}
	}
	for i, at := range p.where {
		edits, err := c.edits(p, p.points[i], at)
		if err != nil {
			return out, refused(place, err)
		}
		out.Points = append(out.Points, at.Point)
		for _, e := range edits {
			out.Edits = append(out.Edits, use.change(c.order(iv.Name), e))
			if out.Swap != nil {
				out.Swap.Keeps = append(out.Swap.Keeps, use.keep(e))
			}
		}
	}
	if iv.When != nil {
		score, err := c.score(p)
		if err != nil {
			return out, refused(place+".when", err)
		}
		out.When = &When{Score: use.score(score), Above: float32(*iv.When.Above)}
	}
	return out, nil
}
