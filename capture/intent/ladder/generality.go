package ladder

import "intentprobe/capture/intent/bound"

// Parts of rung 8.
const (
	partBehaves   = "behaviour" // the contrasts of rungs 4 and 5 on held-out families
	partMechanism = "mechanism" // rung 7 on held-out families
)

// generality is rung 8: all of it again, on families that no choice has seen.
func generality(s *Study, held *Swaps) *Rung {
	b := &builder{s: s, heldOut: true}
	b.adapts(isAbove(0))
	b.takes(isAbove(0))
	for i := range b.claims {
		b.claims[i].Part = partBehaves
	}
	b.contrast(partBehaves, "mean of these", s.meanContrast(), isAbove(Shift))
	for _, c := range swapClaims(held) {
		c.Part = partMechanism
		b.claims = append(b.claims, c)
	}
	return b.rung(8, "generality")
}

// meanContrast is the mean of the contrasts of rungs 4 and 5 of one family.
func (s *Study) meanContrast() figure {
	var all []figure
	for _, kind := range []Kind{Guaranteed, Impossible, OtherWay} {
		for _, a := range s.ofKind(kind) {
			_, f := s.contrastOf(a)
			all = append(all, f)
		}
	}
	for _, a := range s.ofKind(Useful) {
		all = append(all, less(s.q(a.Name, Decision, ""), s.q(a.Against, Decision, "")))
	}
	return meanOf(all)
}

// ReadOut is what a probe shows on minimal pairs that say the same words (rung 6).
type ReadOut struct {
	Base       string  `json:"base"`       // the best baseline
	Difference Range   `json:"difference"` // AUROC less that of the best baseline, over groups
	Groups     int     `json:"groups"`
	Alarms     []Alarm `json:"alarms"` // of each set of controls
}

// Range is a figure with the bounds that its rung asks for.
type Range struct {
	Value float64 `json:"value"`
	Lower float64 `json:"lower"` // one-sided, 99 %
	Upper float64 `json:"upper"` // one-sided, 97.5 %
}

// Alarm is how many controls of a kind a read-out calls a lie.
type Alarm struct {
	Of string `json:"of"` // sarcasm, recital
	bound.Share
}

// Swaps is what interchanges gave (rung 7).
type Swaps struct {
	Predicted bound.Share `json:"predicted"` // predicted answers that are neither base's nor source's
	Stayed    bound.Share `json:"stayed"`    // changed, of those that must stay
	Foresight bound.Share `json:"foresight"` // foresight questions that moved as predicted
	Shuffled  bound.Share `json:"shuffled"`  // predicted answers under shuffled variables
	Random    bound.Share `json:"random"`    // predicted answers in a model of random weights
	Mass      bound.Mean  `json:"mass"`      // of the options, after the swap
}
