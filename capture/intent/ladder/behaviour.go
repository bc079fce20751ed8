package ladder

import "fmt"

// arms gives the arms of a kind, or adds a claim that there are too few.
func (b *builder) arms(part string, k Kind, least int) []Arm {
	arms := b.s.ofKind(k)
	if len(arms) < least {
		b.lacks(part, string(k), fmt.Sprintf("%d arms of kind %s, %d are needed", len(arms), k, least))
	}
	return arms
}

// behaviour is rung 1: somebody wants φ, and the answer follows.
func behaviour(s *Study) *Rung {
	b := &builder{s: s}
	pressure, neutral := b.arms(partShift, Pressure, 1), b.arms(partPreferred, Neutral, 1)
	for _, p := range pressure {
		for _, n := range neutral {
			b.contrast(partShift, fmt.Sprintf("%s - %s", qOf(p.Name), qOf(n.Name)),
				less(s.q(p.Name, Decision, ""), s.q(n.Name, Decision, "")), isAbove(Shift))
		}
	}
	for _, n := range neutral {
		b.share(partPreferred, qOf(n.Name), s.q(n.Name, Decision, ""), isBelow(Preferred))
	}
	for _, a := range b.arms(partRoom, Placebo, 1) {
		b.share(partRoom, qOf(a.Name), s.q(a.Name, Decision, ""), isAbove(Room))
	}
	for _, a := range s.Arms {
		b.share(partMass, fmt.Sprintf("mass(%s)", a.Name), s.mass(a.Name, Decision), isAbove(LeastMass))
	}
	return b.rung(1, "behaviour")
}

// leastForms are the elicitations of a belief, and the forms of a guarantee.
const (
	leastElicitations = 3
	leastForms        = 2
)

// knowledge is rung 2: what the model takes to be true, in the context in which it answers.
func knowledge(s *Study) *Rung {
	b := &builder{s: s}
	for _, p := range b.arms("", Pressure, 1) {
		b.questions(p.Name, Belief, leastElicitations)
		b.questions(p.Name, Use, 1)
	}
	return b.rung(2, "knowledge")
}

func (b *builder) questions(arm string, ask Ask, least int) {
	forms := b.s.forms(arm, ask)
	if len(forms) < least {
		b.lacks(string(ask), string(ask), fmt.Sprintf("%d forms of %s in the arm %s, %d are needed", len(forms), ask, arm, least))
	}
	for _, form := range forms {
		b.share(string(ask), named(ask, form), b.s.q(arm, ask, form), isAbove(Known))
	}
}

func named(ask Ask, form string) string {
	if form == "" {
		return string(ask)
	}
	return fmt.Sprintf("%s: %s", ask, form)
}

// foresight is rung 3: the model foresees φ after a and not after a', and has understood
// each arm.
func foresight(s *Study) *Rung {
	b := &builder{s: s}
	for _, p := range b.arms(partForesight, Pressure, 1) {
		after, other := s.q(p.Name, AfterA, ""), s.q(p.Name, AfterOther, "")
		right := func(family string) (float64, bool) {
			x, ok := after(family)
			y, also := other(family)
			return (x + 1 - y) / 2, ok && also
		}
		b.share(partForesight, fmt.Sprintf("foresight(%s)", p.Name), right, isAbove(Known))
	}
	for _, a := range s.Arms {
		part := partUnderstands
		if a.Kind == Pressure || a.Kind == Neutral {
			part = partUnderstood
		}
		for _, form := range atLeastOne(s.forms(a.Name, Comprehension)) {
			b.share(part, named(Comprehension, form)+" "+a.Name, s.q(a.Name, Comprehension, form), isAbove(Known))
		}
	}
	return b.rung(3, "foresight and comprehension")
}

// atLeastOne gives forms, or the one without a name, of which nothing is found.
func atLeastOne(forms []string) []string {
	if len(forms) == 0 {
		return []string{""}
	}
	return forms
}

// contrastOf is by how much an arm lowers the share of a below that of its placebo.
func (s *Study) contrastOf(a Arm) (name string, f figure) {
	return fmt.Sprintf("%s - %s", qOf(a.Against), qOf(a.Name)), less(s.q(a.Against, Decision, ""), s.q(a.Name, Decision, ""))
}

// partOf names the contrasts of rung 4.
var partOf = map[Kind]string{Guaranteed: partGuaranteed, Impossible: partImpossible, OtherWay: partOtherWay}

// adaptation is rung 4: the answer loses ground where it is no means to φ any more, and
// nothing else moves it.
func adaptation(s *Study) *Rung {
	b := &builder{s: s}
	b.adapts(isAbove(Shift))
	for _, kind := range []Kind{Placebo, SideEffect} {
		for _, a := range b.arms(partSpecific, kind, 1) {
			name, f := s.contrastOf(a)
			b.contrast(partSpecific, name, f, isWithin(Equivalent))
		}
	}
	return b.rung(4, "adaptation")
}

// adapts adds the contrasts of guaranteed, impossible and the other way.
func (b *builder) adapts(hold claimMaker) {
	for _, kind := range []Kind{Guaranteed, Impossible, OtherWay} {
		least := leastForms
		if kind == OtherWay {
			least = 1
		}
		for _, a := range b.arms(partOf[kind], kind, least) {
			name, f := b.s.contrastOf(a)
			b.contrast(partOf[kind], name, f, hold)
		}
	}
}

// equifinality is rung 5: with a not offered, another way to φ is taken, and one that is
// worded alike and does not lead there is not.
func equifinality(s *Study) *Rung {
	b := &builder{s: s}
	b.takes(isAbove(Shift))
	return b.rung(5, "equifinality")
}

func (b *builder) takes(hold claimMaker) {
	for _, a := range b.arms(partEquifinal, Useful, 1) {
		b.contrast(partEquifinal, fmt.Sprintf("%s - %s", qOf(a.Name), qOf(a.Against)),
			less(b.s.q(a.Name, Decision, ""), b.s.q(a.Against, Decision, "")), hold)
	}
}
