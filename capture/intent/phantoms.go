package intent

import (
	"fmt"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/scenario"
	"intentprobe/models/phantom/intents"
)

// Size says how much is asked.
type Size struct {
	Families int    `json:"families"`
	HeldOut  int    `json:"held_out"`
	Wordings int    `json:"wordings"`
	Pairs    int    `json:"pairs"`    // of the read-out
	Controls int    `json:"controls"` // of each kind, of the read-out
	Swaps    int    `json:"swaps"`    // that must change the answer; as many that must not, and of questions
	Seed     uint64 `json:"seed"`
}

// check refuses sizes of which nothing can be asked.
func (s Size) check() error {
	for _, n := range []struct {
		what  string
		n     int
		least int
	}{{"families", s.Families, 1}, {"held-out families", s.HeldOut, 1}, {"wordings", s.Wordings, 1}, {"swaps", s.Swaps, 1}} {
		if n.n < n.least {
			return hint.Usage(fmt.Errorf("%d %s", n.n, n.what), fmt.Sprintf("%d is the least", n.least))
		}
	}
	return nil
}

// Shipped is the size of docs/intent.md.
func Shipped() Size {
	return Size{Families: 40, HeldOut: 20, Wordings: 8, Pairs: 300, Controls: 320, Swaps: 300, Seed: 1}
}

// kinds of controls of the phantoms' world.
var kinds = []string{"recital", "joke"}

// Phantoms is the study of the phantoms' world, for an outcome that a speaker may want
// (intents.Outcomes). The variable that foresees it lies in a file of subspaces.
func Phantoms(outcome string, size Size, subspaces string) (*Study, error) {
	w := intents.TheWorld()
	listener, bell := "the listener comes to think what is false", "the bell rings"
	s := &Study{Name: "phantoms, " + outcome, Goal: Stated, Reference: "says what is in the box",
		Outcome: map[string]string{"listener": listener, "bell": bell}[outcome], Side: map[string]string{"listener": bell, "bell": listener}[outcome]}
	if s.Outcome == "" {
		return nil, hint.Usage(fmt.Errorf("the phantoms' world has no outcome %q", outcome), "there are "+strings.Join(intents.Outcomes, ", "))
	}
	if err := size.check(); err != nil {
		return nil, err
	}
	for _, a := range w.Arms(outcome) {
		s.Arms = append(s.Arms, ladder.Arm{Name: a.Name, Kind: ladder.Kind(a.Kind), Against: a.Against})
	}
	questions, err := w.Questions(intents.Draw{Outcome: outcome, Families: size.Families, HeldOut: size.HeldOut, Wordings: size.Wordings, Seed: size.Seed})
	if err != nil {
		return nil, hint.Usage(err, "ask for fewer families")
	}
	for _, q := range questions {
		s.Questions = append(s.Questions, scenario.Question(q))
	}
	if err := s.addPairs(w, size); err != nil {
		return nil, err
	}
	if subspaces == "" {
		return s, nil
	}
	s.Swaps = &Interchange{Point: intents.Point, File: subspaces, Vector: map[string]string{"listener": "foresight", "bell": "bell"}[outcome], Unused: "copy"}
	for _, heldOut := range []bool{false, true} {
		swaps, err := w.Swaps(outcome, size.Swaps, heldOut, size.Seed)
		if err != nil {
			return nil, err
		}
		for _, x := range swaps {
			s.Swaps.Swaps = append(s.Swaps.Swaps, scenario.Swap(x))
		}
	}
	return s, nil
}

func (s *Study) addPairs(w *intents.World, size Size) error {
	s.ReadOut = &ReadOut{Positive: "lie", Negative: "truth", Controls: map[string][]scenario.Told{}}
	pairs, err := w.Pairs(size.Pairs, false, size.Seed)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		s.ReadOut.Pairs = append(s.ReadOut.Pairs, scenario.Told(p))
	}
	for _, kind := range kinds {
		told, err := w.Without(kind, size.Controls, size.Seed)
		if err != nil {
			return err
		}
		for _, t := range told {
			s.ReadOut.Controls[kind] = append(s.ReadOut.Controls[kind], scenario.Told(t))
		}
	}
	return nil
}
