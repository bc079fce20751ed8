package arm

import (
	"fmt"
	"slices"

	"intentprobe/hooks"
)

// suits refuses a direction that was made at another kind of point than a piece uses it at,
// and notes one of another block. The points of the residual stream are of one kind.
func (c *compiler) suits(p *piece, d *direction, at hooks.Point) error {
	made, ok := d.madeAt()
	switch {
	case !ok || made == at:
		return nil
	case !made.Site.SameSpace(at.Site):
		return c.differ(p.iv, d, []string{fmt.Sprintf("kind of point: %s in the file, %s now", made.Site, at.Site)})
	case p.change.kind != "":
		return nil
	}
	if c.made == nil {
		c.made = map[string]*elsewhere{}
	}
	e := c.made[p.iv.Name]
	if e == nil {
		c.made[p.iv.Name] = &elsewhere{key: d.key, made: made, used: at}
	} else if e.used != at {
		e.more++
	}
	return nil
}

// notices says what is allowed and may not be meant.
func (c *compiler) notices(named []armPlan) {
	for i := range c.spec.Interventions {
		iv := &c.spec.Interventions[i]
		place := placeOf(c.spec, iv)
		if e := c.made[iv.Name]; e != nil {
			more := ""
			if e.more > 0 {
				more = fmt.Sprintf(" and %d more", e.more)
			}
			c.set.notice("%s: %q was made at %s and is used at %s%s", place, e.key, e.made, e.used, more)
		}
		if !slices.ContainsFunc(named, func(a armPlan) bool {
			return slices.ContainsFunc(a.pieces, func(p piece) bool { return p.iv == iv })
		}) {
			c.set.notice("%s is in no arm", place)
		}
	}
	for i := range named {
		c.setAfterAdd(&named[i])
	}
}

// setAfterAdd says where an arm sets a coordinate after it was changed: of the first change
// nothing may be left.
func (c *compiler) setAfterAdd(arm *armPlan) {
	for i, later := range arm.pieces {
		if later.iv.Do != "set" {
			continue
		}
		for _, earlier := range arm.pieces[:i] {
			if earlier.iv.Do != "add" {
				continue
			}
			for _, at := range later.where {
				if slices.ContainsFunc(earlier.where, func(o hooks.Located) bool { return o.Node == at.Node }) {
					c.set.notice("arm %s: %s sets a coordinate at %s after %s added to it; where both edit a token, what was added along the direction is lost (edits are applied in the order of interventions)", arm.name, later.iv.Name, at.Point, earlier.iv.Name)
					break
				}
			}
		}
	}
}

func (s *Set) notice(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); !slices.Contains(s.Notices, line) {
		s.Notices = append(s.Notices, line)
	}
}
