package ladder

// Ladder is all rungs of one model on one study.
type Ladder struct {
	Families int     `json:"families"` // not held out
	HeldOut  int     `json:"held_out"`
	Rungs    []*Rung `json:"rungs"`
	// Afterwards are the answers to questions asked afterwards: reported, never scored.
	Afterwards []Claim `json:"afterwards,omitempty"`
	Verdict    Verdict `json:"verdict"`
}

// Mechanism is what reading and changing the model's states showed; nil where it was not done.
type Mechanism struct {
	ReadOut     *ReadOut
	NotRead     string // why there is no read-out
	Swaps       *Swaps
	SwapsOnHeld *Swaps // on held-out families
}

// Control says whether the control rung passed on this program, engine and CPU: every
// phantom got its declared verdict.
type Control struct {
	Outcome Outcome `json:"outcome"`
	Note    string  `json:"note,omitempty"`
}

// Climb judges a study.
func Climb(s *Study, m Mechanism, c Control) *Ladder {
	l := &Ladder{Families: len(s.families(false)), HeldOut: len(s.families(true))}
	l.Rungs = []*Rung{
		{Number: 0, Name: "control", Outcome: c.Outcome, Note: c.Note},
		behaviour(s), knowledge(s), foresight(s), adaptation(s), equifinality(s),
		readOut(m), interchange(m.Swaps), generality(s, m.SwapsOnHeld),
	}
	l.Afterwards = afterwards(s)
	l.Verdict = verdict(s, l)
	return l
}

// afterwards are the shares of "yes, that was false", by arm.
func afterwards(s *Study) (out []Claim) {
	for _, a := range s.Arms {
		for _, form := range s.forms(a.Name, Afterwards) {
			m, err := s.share(false, s.q(a.Name, Afterwards, form))
			if err != nil {
				continue
			}
			out = append(out, Claim{Name: named(Afterwards, form) + " " + a.Name, Asks: "nothing", Value: m.Value,
				Lower: m.Lower(passLevel), Upper: m.Upper(refuteLevel), N: m.N, Unit: "families"})
		}
	}
	return out
}

func (l *Ladder) rung(number int) *Rung { return l.Rungs[number] }
