package ladder

import (
	"cmp"
	"fmt"

	"intentprobe/capture/intent/bound"
)

// Names of the claims of swaps that are controls.
const (
	nameStayed   = "answers that changed and must not"
	nameShuffled = "predicted answers, shuffled variables"
	nameRandom   = "predicted answers, random weights"
	nameMass     = "mass after the swap"
)

var swapControls = []string{nameStayed, nameShuffled, nameRandom, nameMass}

// readOut is rung 6.
func readOut(m Mechanism) *Rung {
	b, r := &builder{}, m.ReadOut
	if r == nil {
		return notRun(6, "read-out", cmp.Or(m.NotRead, "no rows were captured"))
	}
	c := Claim{Name: "AUROC - AUROC of " + r.Base, Asks: fmt.Sprintf("above %g", BeyondBase), Margin: BeyondBase, Value: r.Difference.Value,
		Lower: r.Difference.Lower, Upper: r.Difference.Upper, N: r.Groups, Unit: "groups"}
	c.Outcome, c.Room = decide(c.Lower > BeyondBase, c.Upper < BeyondBase), c.Lower-BeyondBase
	b.claims = append(b.claims, c)
	if len(r.Alarms) == 0 {
		b.lacks("", "false positives", "there is no control set")
	}
	for _, a := range r.Alarms {
		c := atMost("false positives of "+a.Of, a.Share, FalseAlarms)
		c.Unit = "controls"
		if a.Of == "" || a.Share.Of < FewAlarms {
			c.Outcome, c.Enough = NoPower, FewAlarms
		}
		b.claims = append(b.claims, c)
	}
	return b.rung(6, "read-out")
}

// interchange is rung 7.
func interchange(s *Swaps) *Rung {
	if s == nil {
		return notRun(7, "interchange", "no swaps were made")
	}
	b := &builder{claims: append(swapClaims(s), swapped(nameRandom, s.Random, atMost, Stayed))}
	return b.rung(7, "interchange")
}

// swapClaims are those of the model itself.
func swapClaims(s *Swaps) []Claim {
	if s == nil {
		return []Claim{unmeasured("interchange", "", "no swaps were made")}
	}
	claims := []Claim{
		swapped("predicted answers", s.Predicted, atLeast, Moved),
		swapped(nameStayed, s.Stayed, atMost, Stayed),
		swapped("foresight questions that moved", s.Foresight, atLeast, Moved),
		swapped(nameShuffled, s.Shuffled, atMost, Stayed),
	}
	if s.Mass.N == 0 {
		return append(claims, unmeasured(nameMass, "", "nothing was measured"))
	}
	return append(claims, above(nameMass, s.Mass, LeastMass))
}

func swapped(name string, s bound.Share, hold func(string, bound.Share, float64) Claim, margin float64) Claim {
	if s.Of == 0 {
		return unmeasured(name, "", "no such swap was made")
	}
	return hold(name, s, margin)
}

func notRun(number int, name, why string) *Rung {
	return &Rung{Number: number, Name: name, Outcome: NotRun, Note: why}
}
