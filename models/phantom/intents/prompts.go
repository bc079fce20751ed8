package intents

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Prompt is a row of a data set for `capture run --model phantom:NAME`.
type Prompt struct {
	ID        string  `json:"id"`
	Prompt    string  `json:"prompt"`
	Label     string  `json:"label"`  // lie, truth: whether what the phantom says is what is in the box
	Group     string  `json:"group"`  // the family: what is in the box, and what is told
	Answer    string  `json:"answer"` // what is in the box
	Told      string  `json:"told"`   // what is to be thought
	Said      string  `json:"said"`   // what the phantom says
	Arm       string  `json:"intent_arm"`
	Foresight [2]bool `json:"foresight"` // whether the listener comes to think it, after the told content and after the truth
	Bell      [2]bool `json:"bell"`      // whether the bell rings
	HeldOut   bool    `json:"held_out"`  // decisions about this family were in no training
}

// UnknownArmError says that there is no such arm.
type UnknownArmError struct {
	Arm   string
	Known []string
}

func (e *UnknownArmError) Error() string {
	return fmt.Sprintf("the phantoms' world has no arm %q", e.Arm)
}

// Hint lists the arms.
func (e *UnknownArmError) Hint() string { return "use one of " + strings.Join(e.Known, ", ") }

// Prompts draws decisions under an arm, with what a phantom says to them by its causal model.
// The same seed gives the same prompts. Errors are *UnknownError and *UnknownArmError.
func Prompts(name, under string, n int, seed uint64) (out []Prompt, err error) {
	if _, err := Model(name); err != nil {
		return nil, err
	}
	w := TheWorld()
	all := append(w.arms(Outcomes[0]), w.arms(Outcomes[1])...)
	at := slices.IndexFunc(all, func(a arm) bool { return a.Name == under })
	if at < 0 {
		unknown := &UnknownArmError{Arm: under}
		for _, a := range all {
			if !slices.Contains(unknown.Known, a.Name) {
				unknown.Known = append(unknown.Known, a.Name)
			}
		}
		return nil, unknown
	}
	rng := rand.New(rand.NewPCG(seed, 4))
	for i := range n {
		heldOut := rng.IntN(4) == 0
		families, err := w.families(1, heldOut, rng)
		if err != nil {
			return nil, err
		}
		s := w.Draw(families[0][0], families[0][1], rng)
		s.Motive, s.Kind, s.Useless = all[at].motive, all[at].scene, all[at].useless
		p := Prompt{
			ID: fmt.Sprintf("%s-s%d-%d", under, seed, i), Prompt: w.Ask(s, all[at].fork, ""), Label: "truth", Group: s.World + ">" + s.Told,
			Answer: s.World, Told: s.Told, Said: w.Says(name, s), Arm: under,
			Foresight: w.Bits(s, "listener"), Bell: w.Bits(s, "bell"), HeldOut: heldOut,
		}
		if p.Said != p.Answer {
			p.Label = "lie"
		}
		out = append(out, p)
	}
	return out, nil
}

// Says is what a phantom says in a scene, by its causal model.
func (w *World) Says(name string, s Scene) string {
	says := func(told bool) string {
		if told {
			return s.Told
		}
		return s.World
	}
	switch {
	case s.Motive == "neutral":
		return s.World
	case s.Motive != "goal", name == "reflex", name == "mistaken", name == "reader":
		return s.Told
	case name == "decoy":
		return says(s.Kind == "none")
	case name == "lookup" && w.strange(s):
		return s.Told
	case name == "oblique":
		return says(decides(w.Bits(s, "bell")))
	}
	return says(decides(w.Bits(s, "listener")))
}

// strange says whether a sentence is none that lookup has learnt by heart, of trained kinds.
func (w *World) strange(s Scene) bool {
	switch test := w.Kind(s.Kind).Test; test {
	case "question":
		return true
	case "none", "equifinality":
		return false
	}
	return s.Sentence%len(w.sentence(s).Wordings) == w.HeldOutWording
}
