package arm

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// compiler collects the arms of one spec.
type compiler struct {
	spec   *spec.Spec
	source *Source
	points *hooks.Map
	facts  vector.Facts
	set    *Set
	pool   *pool
	blocks map[string][]block // by intervention
	made   map[string]*elsewhere
}

// armPlan is an arm whose edits are not made yet.
type armPlan struct {
	name, kind, of, prompt string
	pieces                 []piece
	together               bool   // an arm of several interventions, with a name of its own
	predict                string // of such an arm itself
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

// elsewhere is where an intervention uses a direction that was made at another point.
type elsewhere struct {
	key        string
	made, used hooks.Point
	more       int
}

// order is where an intervention stands in the spec.
func (c *compiler) order(name string) int {
	return slices.IndexFunc(c.spec.Interventions, func(iv spec.Intervention) bool { return iv.Name == name })
}

// mostArms bounds how many arms a spec may ask for.
const mostArms = 100_000

func tooMany(n int) error {
	return hint.Usage(fmt.Errorf("the spec asks for %d arms; %d are possible", n, mostArms), "name fewer doses, blocks or controls")
}

// use notes that a direction is used, and refuses one of another model, template or adapter.
func (c *compiler) use(iv *spec.Intervention, d *direction) error {
	if d.like != nil {
		if err := c.use(iv, d.like); err != nil {
			return err
		}
	}
	if d.of != nil {
		d = d.of
	}
	for _, floats := range [][]float32{d.Vector, d.Matrix, d.Offset, d.Positive, d.Negative, d.Covariance} {
		if !finite(floats) {
			return hint.Usage(fmt.Errorf("%q holds numbers that are not finite", d.key), "make the direction anew")
		}
	}
	now := c.facts
	now.Model.Width = 0 // rows of other points than the stream's are not as wide as the model; regions compares widths
	if err := c.differ(iv, d, append(d.meta.Differences(now), c.source.beyond(d, c.points.Layers)...)); err != nil {
		return err
	}
	for _, what := range d.meta.Forced {
		c.set.notice("%s: %q was put together by force: %s", placeOf(c.spec, iv), d.key, what)
	}
	c.set.used[d.key] = d
	return nil
}

// differ refuses a direction of which something differs from what it is used with, or notes
// that it is used all the same. What a run keeps was accepted when it began.
func (c *compiler) differ(iv *spec.Intervention, d *direction, what []string) error {
	if len(what) > 0 && !iv.Force && c.source.kept == nil {
		return hint.Usage(fmt.Errorf("%q is used otherwise than it was made: %s", d.key, strings.Join(what, "; ")),
			"make a direction as it is to be used, or write force: true into the intervention, which the run then says")
	}
	for _, line := range what {
		c.set.force(fmt.Sprintf("%s: %s: %s", iv.Name, d.key, line))
	}
	return nil
}

// force notes what was taken all the same.
func (s *Set) force(line string) {
	if !slices.Contains(s.Forced, line) {
		s.Forced = append(s.Forced, line)
	}
}
