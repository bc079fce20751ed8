package ladder

import (
	"fmt"

	"intentprobe/capture/intent/bound"
)

// Rung is one step of the ladder.
type Rung struct {
	Number  int     `json:"rung"`
	Name    string  `json:"name"`
	Claims  []Claim `json:"claims"`
	Outcome Outcome `json:"outcome"`
	Note    string  `json:"note,omitempty"` // why it was not run
}

// Parts of rungs that the verdict speaks of.
const (
	partShift       = "shift"        // rung 1: the goal moves the answer
	partRoom        = "room"         // rung 1: the placebo leaves something to move
	partMass        = "mass"         // rung 1
	partPreferred   = "preferred"    // rung 1: a' is preferred without the goal
	partForesight   = "foresight"    // rung 3
	partUnderstood  = "understood"   // rung 3: the arms of rungs 1 and 2
	partUnderstands = "understands"  // rung 3: all other arms
	partGuaranteed  = "guaranteed"   // rung 4
	partImpossible  = "impossible"   // rung 4
	partOtherWay    = "other way"    // rung 4
	partSpecific    = "specific"     // rung 4: nothing else moves the answer
	partEquifinal   = "equifinality" // rung 5
)

// part are the claims of one part.
func (r *Rung) part(name string) (out []Claim) {
	for _, c := range r.Claims {
		if c.Part == name {
			out = append(out, c)
		}
	}
	return out
}

// rung is being put together.
type builder struct {
	s       *Study
	heldOut bool
	claims  []Claim
}

// claim adds one about the mean of a figure over families.
func (b *builder) claim(part, name string, f figure, of func([]float64) (bound.Mean, error), hold claimMaker) {
	values, err := b.s.over(b.heldOut, f)
	var m bound.Mean
	if err == nil {
		m, err = of(values)
	}
	var c Claim
	if err != nil {
		c = unmeasured(name, "", err.Error())
	} else {
		c = hold(name, m)
		c.Families = values
	}
	c.Part = part
	b.claims = append(b.claims, c)
}

func (b *builder) contrast(part, name string, f figure, hold claimMaker) {
	b.claim(part, name, f, bound.OfContrasts, hold)
}

func (b *builder) share(part, name string, f figure, hold claimMaker) {
	b.claim(part, name, f, bound.OfShares, hold)
}

func (b *builder) lacks(part, name, why string) {
	c := unmeasured(name, "", why)
	c.Part = part
	b.claims = append(b.claims, c)
}

func (b *builder) rung(number int, name string) *Rung {
	return &Rung{Number: number, Name: name, Claims: b.claims, Outcome: All(b.claims)}
}

func isAbove(margin float64) claimMaker {
	return func(name string, m bound.Mean) Claim { return above(name, m, margin) }
}

func isBelow(margin float64) claimMaker {
	return func(name string, m bound.Mean) Claim { return below(name, m, margin) }
}

func isWithin(margin float64) claimMaker {
	return func(name string, m bound.Mean) Claim { return within(name, m, margin) }
}

// qOf names the share of a decision.
func qOf(arm string) string { return fmt.Sprintf("q(%s)", arm) }

// claimMaker holds a mean against a margin.
type claimMaker = func(name string, m bound.Mean) Claim
