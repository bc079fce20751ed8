package phantom

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Prompt is a row of a dataset for `capture run --model phantom`.
type Prompt struct {
	ID     string  `json:"id"`
	Prompt string  `json:"prompt"`
	Label  string  `json:"label"`          // the cause
	Pair   *string `json:"pair,omitempty"` // of a matched lie and mistake
	Group  string  `json:"group"`          // the words said, for splits that keep them apart
	Answer string  `json:"answer"`         // what is in the box
	Said   *string `json:"said"`           // what the phantom will say; null for a guess
	Intent bool    `json:"intent"`
	Belief *string `json:"belief"` // null where the speaker saw nothing
}

// UnknownCauseError says that there is no such cause, or none that has a match.
type UnknownCauseError struct {
	Cause string
	Known []string
}

func (e *UnknownCauseError) Error() string {
	return fmt.Sprintf("the phantom has no cause %q here", e.Cause)
}

// Hint lists the causes.
func (e *UnknownCauseError) Hint() string { return fmt.Sprintf("use one of %v", e.Known) }

// Prompts draws n prompts of a cause. With matched, each lie is followed by the
// mistake that says the same false words, or each mistake by its lie: 2n prompts,
// two by two of one pair. The same seed gives the same prompts.
func Prompts(cause string, n int, seed uint64, matched bool) ([]Prompt, error) {
	known := Causes
	if matched {
		known = []string{"lie", "mistake"}
	}
	at := slices.Index(Causes, cause)
	if at < 0 || !slices.Contains(known, cause) {
		return nil, &UnknownCauseError{cause, known}
	}
	w, rng := TheWorld(), rand.New(rand.NewPCG(seed, uint64(at)))
	var out []Prompt
	for i := range n {
		if !matched {
			out = append(out, w.row(w.Sample(cause, rng), seed, i))
			continue
		}
		lie, mistake := w.Matched(rng)
		pair := fmt.Sprintf("s%d-%d", seed, i)
		both := []Prompt{w.row(lie, seed, i), w.row(mistake, seed, i)}
		if cause == "mistake" {
			slices.Reverse(both)
		}
		for _, p := range both {
			p.ID, p.Pair = p.ID+"-matched", &pair
			out = append(out, p)
		}
	}
	return out, nil
}

func (w *World) row(s Scene, seed uint64, i int) Prompt {
	p := Prompt{
		ID: fmt.Sprintf("%s-s%d-%d", s.Cause, seed, i), Prompt: w.Prompt(s), Label: s.Cause,
		Group: s.Said(), Answer: s.World, Intent: s.Intent(),
	}
	if said := s.Said(); said != "" {
		p.Said = &said
	} else {
		p.Group = "guess"
	}
	if s.Belief != "" {
		p.Belief = &s.Belief
	}
	return p
}
