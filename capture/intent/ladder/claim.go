package ladder

import (
	"fmt"

	"intentprobe/capture/intent/bound"
)

// Outcome is what figures show of a claim, or of a rung of claims.
type Outcome string

// The outcomes.
const (
	Pass    Outcome = "pass"
	Refuted Outcome = "refuted"
	NoPower Outcome = "no power"
	NotRun  Outcome = "not run"
)

// Confidence of the one-sided bounds.
const (
	passLevel   = 0.99  // of the bound that a claim must clear
	refuteLevel = 0.975 // of the bound on the other side
	equalLevel  = 0.95  // of each of the two tests for equivalence (Schuirmann 1987, doi:10.1007/BF01068419)
)

// Claim is one figure held against its margin.
type Claim struct {
	Part    string  `json:"part,omitempty"` // what it speaks for, where a rung has several parts
	Name    string  `json:"name"`           // "q(pressure) - q(neutral)"
	Asks    string  `json:"asks"`           // "above 0.10"
	Margin  float64 `json:"margin"`
	Value   float64 `json:"value"`
	Lower   float64 `json:"lower"` // one-sided, at the level that the claim needs
	Upper   float64 `json:"upper"`
	N       int     `json:"n"`
	Unit    string  `json:"unit"` // families, swaps, pairs
	Outcome Outcome `json:"outcome"`
	Room    float64 `json:"room"` // between the bound that must clear the margin and the margin; below 0 where it does not
	// Enough is how many would pass if mean and spread stayed as they are; 0: no number
	// would, or it passes.
	Enough int    `json:"enough,omitempty"`
	Note   string `json:"note,omitempty"` // why nothing was measured

	Families []float64 `json:"-"` // that it is the mean of, in the order of their names; nil of swaps and pairs
}

// above asks for a mean above a margin.
func above(name string, m bound.Mean, margin float64) Claim {
	c := Claim{Name: name, Asks: fmt.Sprintf("above %g", margin), Margin: margin, Value: m.Value,
		Lower: m.Lower(passLevel), Upper: m.Upper(refuteLevel), N: m.N, Unit: "families"}
	c.Outcome, c.Room = decide(c.Lower > margin, c.Upper < margin), c.Lower-margin
	if c.Outcome == NoPower {
		c.Enough = m.Enough(margin, passLevel)
	}
	return c
}

// below asks for a mean below a margin.
func below(name string, m bound.Mean, margin float64) Claim {
	c := above(name, m.Negated(), -margin)
	c.Asks, c.Margin = fmt.Sprintf("below %g", margin), margin
	c.Value, c.Lower, c.Upper = -c.Value, -c.Upper, -c.Lower
	return c
}

// within asks for a mean that is 0 to within a margin on both sides.
func within(name string, m bound.Mean, margin float64) Claim {
	c := Claim{Name: name, Asks: fmt.Sprintf("within ± %g", margin), Margin: margin, Value: m.Value,
		Lower: m.Lower(equalLevel), Upper: m.Upper(equalLevel), N: m.N, Unit: "families"}
	c.Outcome = decide(c.Lower > -margin && c.Upper < margin,
		m.Lower(refuteLevel) > margin || m.Upper(refuteLevel) < -margin)
	c.Room = min(c.Lower+margin, margin-c.Upper)
	if c.Outcome == NoPower {
		c.Enough = max(m.Enough(-margin, equalLevel), m.Negated().Enough(-margin, equalLevel))
		if m.Value <= -margin || m.Value >= margin {
			c.Enough = 0
		}
	}
	return c
}

// atLeast asks for a share of trials above a margin.
func atLeast(name string, s bound.Share, margin float64) Claim {
	c := Claim{Name: name, Asks: fmt.Sprintf("above %g", margin), Margin: margin, Value: s.Value(),
		Lower: s.Lower(passLevel), Upper: s.Upper(refuteLevel), N: s.Of, Unit: "swaps"}
	c.Outcome, c.Room = decide(c.Lower > margin, c.Upper < margin), c.Lower-margin
	return c
}

// atMost asks for a share of trials below a margin.
func atMost(name string, s bound.Share, margin float64) Claim {
	c := Claim{Name: name, Asks: fmt.Sprintf("below %g", margin), Margin: margin, Value: s.Value(),
		Lower: s.Lower(refuteLevel), Upper: s.Upper(passLevel), N: s.Of, Unit: "swaps"}
	c.Outcome, c.Room = decide(c.Upper < margin, c.Lower > margin), margin-c.Upper
	return c
}

// unmeasured is a claim that nothing was measured of.
func unmeasured(name, asks, why string) Claim {
	return Claim{Name: name, Asks: asks, Outcome: NotRun, Note: why}
}

func decide(pass, refuted bool) Outcome {
	switch {
	case pass:
		return Pass
	case refuted:
		return Refuted
	}
	return NoPower
}

// All is the outcome of claims that must all pass: refuted if one is, not run if one was
// not or there is none.
func All(claims []Claim) Outcome {
	out := Pass
	if len(claims) == 0 {
		return NotRun
	}
	for _, c := range claims {
		switch {
		case c.Outcome == Refuted:
			return Refuted
		case c.Outcome == NotRun:
			out = NotRun
		case c.Outcome == NoPower && out == Pass:
			out = NoPower
		}
	}
	return out
}
