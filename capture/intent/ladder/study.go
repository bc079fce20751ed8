package ladder

import (
	"fmt"
	"maps"
	"slices"

	"intentprobe/capture/intent/bound"
)

// Study is what was asked, and what was answered. Wordings of a family are averaged: the
// family is the unit.
type Study struct {
	Arms []Arm

	means map[cell]*sum
	held  map[string]bool // families, and whether they are held out
}

// cell is one question to one family under one arm.
type cell struct {
	family, arm string
	ask         Ask
	form        string
}

type sum struct {
	q, mass float64
	n       int
}

// NewStudy gathers answers. Arms and answers that do not fit together are errors: an arm
// that is not declared, a share that is none, a family in both splits.
func NewStudy(arms []Arm, answers []Answer) (*Study, error) {
	s := &Study{Arms: arms, means: map[cell]*sum{}, held: map[string]bool{}}
	if err := s.checkArms(); err != nil {
		return nil, err
	}
	for _, a := range answers {
		if err := s.add(a); err != nil {
			return nil, fmt.Errorf("family %q, wording %q, arm %q, %s: %w", a.Family, a.Wording, a.Arm, a.Ask, err)
		}
	}
	return s, nil
}

func (s *Study) checkArms() error {
	kinds := map[string]Kind{}
	for _, a := range s.Arms {
		if !slices.Contains(Kinds(), a.Kind) {
			return fmt.Errorf("arm %q: kind %q is not known; there are %v", a.Name, a.Kind, Kinds())
		}
		if _, twice := kinds[a.Name]; twice {
			return fmt.Errorf("arm %q is declared twice", a.Name)
		}
		kinds[a.Name] = a.Kind
	}
	for _, a := range s.Arms {
		want := againstKind(a.Kind)
		if got := kinds[a.Against]; got != want {
			return fmt.Errorf("arm %q (%s) is held against %q, which is %s; it must be an arm of kind %s", a.Name, a.Kind, a.Against, orNone(got), orNone(want))
		}
	}
	return nil
}

// againstKind is the kind of the arm that one of a kind is held against; empty for none.
func againstKind(k Kind) Kind {
	switch k {
	case Guaranteed, Impossible, OtherWay:
		return Placebo
	case Placebo, SideEffect:
		return Pressure
	case Useful:
		return Useless
	}
	return ""
}

func orNone(k Kind) string {
	if k == "" {
		return "none"
	}
	return string(k)
}

func (s *Study) add(a Answer) error {
	if !slices.ContainsFunc(s.Arms, func(arm Arm) bool { return arm.Name == a.Arm }) {
		return fmt.Errorf("the arm is not declared")
	}
	if !slices.Contains(Asks(), a.Ask) {
		return fmt.Errorf("what is asked is not known; there are %v", Asks())
	}
	for name, x := range map[string]float64{"share": a.Q, "mass": a.Mass} {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("the %s is %g, which is not from 0 to 1", name, x)
		}
	}
	if held, known := s.held[a.Family]; known && held != a.HeldOut {
		return fmt.Errorf("the family is held out, and it is not")
	}
	s.held[a.Family] = a.HeldOut
	c := cell{a.Family, a.Arm, a.Ask, a.Form}
	if s.means[c] == nil {
		s.means[c] = &sum{}
	}
	m := s.means[c]
	m.q, m.mass, m.n = m.q+a.Q, m.mass+a.Mass, m.n+1
	return nil
}

// families are those of a split, in order.
func (s *Study) families(heldOut bool) (out []string) {
	for _, f := range slices.Sorted(maps.Keys(s.held)) {
		if s.held[f] == heldOut {
			out = append(out, f)
		}
	}
	return out
}

// forms are the elicitations of an ask under an arm, in order.
func (s *Study) forms(arm string, ask Ask) []string {
	found := map[string]bool{}
	for c := range s.means {
		if c.arm == arm && c.ask == ask {
			found[c.form] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// ofKind are the arms of a kind, in the order in which they were declared.
func (s *Study) ofKind(k Kind) (out []Arm) {
	for _, a := range s.Arms {
		if a.Kind == k {
			out = append(out, a)
		}
	}
	return out
}

// figure is what is taken of each family.
type figure func(family string) (float64, bool)

func (s *Study) q(arm string, ask Ask, form string) figure {
	return func(family string) (float64, bool) {
		m := s.means[cell{family, arm, ask, form}]
		if m == nil {
			return 0, false
		}
		return m.q / float64(m.n), true
	}
}

func (s *Study) mass(arm string, ask Ask) figure {
	return func(family string) (float64, bool) {
		m := s.means[cell{family, arm, ask, ""}]
		if m == nil {
			return 0, false
		}
		return m.mass / float64(m.n), true
	}
}

// less is the first figure less the second.
func less(a, b figure) figure {
	return func(family string) (float64, bool) {
		x, ok := a(family)
		y, also := b(family)
		return x - y, ok && also
	}
}

// meanOf is the mean of several figures of one family.
func meanOf(figures []figure) figure {
	return func(family string) (float64, bool) {
		total := 0.0
		for _, f := range figures {
			x, ok := f(family)
			if !ok {
				return 0, false
			}
			total += x
		}
		return total / float64(len(figures)), len(figures) > 0
	}
}

// over takes a figure of all families of a split; an error names those that lack it.
func (s *Study) over(heldOut bool, f figure) (values []float64, err error) {
	var lacking []string
	for _, family := range s.families(heldOut) {
		x, ok := f(family)
		if !ok {
			lacking = append(lacking, family)
			continue
		}
		values = append(values, x)
	}
	switch {
	case len(values) == 0 && len(lacking) == 0:
		return nil, fmt.Errorf("there is no such family")
	case len(lacking) > 0:
		return nil, fmt.Errorf("%d of %d families lack it, the first is %q", len(lacking), len(lacking)+len(values), lacking[0])
	}
	return values, nil
}

// share is the mean of a figure from 0 to 1.
func (s *Study) share(heldOut bool, f figure) (bound.Mean, error) {
	values, err := s.over(heldOut, f)
	if err != nil {
		return bound.Mean{}, err
	}
	return bound.OfShares(values)
}
