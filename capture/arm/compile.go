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

// Facts are what directions are compared with.
type Facts struct {
	Model          vector.Model
	TemplateSHA256 string
}

// mostArms bounds how many arms a spec may ask for.
const mostArms = 100_000

// Compile makes the arms of a spec for one model, whose points are where m says. The spec
// was validated. Errors are *hint.UsageError: they name the intervention and what does not
// fit. A spec without interventions and controls has the arm none alone.
func Compile(s *spec.Spec, from *Source, m *hooks.Map, facts Facts) (*Set, error) {
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

// compiler collects the arms of one spec.
type compiler struct {
	spec   *spec.Spec
	source *Source
	points *hooks.Map
	facts  Facts
	set    *Set
	pool   *pool
	blocks map[string][]block // by intervention
	made   map[string]*elsewhere
}

// armPlan is an arm whose edits are not made yet.
type armPlan struct {
	name, kind, of, prompt string
	pieces                 []piece
	together               bool // an arm of several interventions, with a name of its own
}

// piece is an intervention in an arm: its points, its dose and what a control changes.
type piece struct {
	iv      *spec.Intervention
	layer   *int            // of the arm, with each: layer
	points  []hooks.Located // whose directions are used
	where   []hooks.Located // which are edited, one for each of points
	dose    *float64
	tokens  string
	predict string
	change  change
}

// change is what a control changes of an arm.
type change struct {
	kind   string
	number int
}

// block is the points of an intervention that one arm edits.
type block struct {
	layer  *int
	points []hooks.Located
}

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
	if c.blocks == nil {
		c.blocks = map[string][]block{}
	}
	c.blocks[iv.Name] = out
	return out, nil
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
		both := armPlan{name: a.Name, kind: Edit, together: true}
		for _, part := range a.Of {
			arms, err := c.armsNamed(place, part, a.Predict)
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

func tooMany(n int) error {
	return hint.Usage(fmt.Errorf("the spec asks for %d arms; %d are possible", n, mostArms), "name fewer doses, blocks or controls")
}

// order is where an intervention stands in the spec.
func (c *compiler) order(name string) int {
	return slices.IndexFunc(c.spec.Interventions, func(iv spec.Intervention) bool { return iv.Name == name })
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

func layersOf(blocks []block) string {
	first, last := blocks[0].layer, blocks[len(blocks)-1].layer
	if first == nil {
		return "no block by itself"
	}
	return fmt.Sprintf("blocks %d to %d", *first, *last)
}

// arm makes the edits of an arm.
func (c *compiler) arm(plan *armPlan) (Arm, error) {
	a := Arm{Name: plan.name, Kind: plan.kind, Of: plan.of, Prompt: plan.prompt}
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

func unitOf(iv *spec.Intervention) string {
	if iv.Unit == "" {
		return spec.Units[0]
	}
	return iv.Unit
}
