package scenario

import (
	"encoding/json"
	"fmt"
	"io"

	"intentprobe/storage/rundir"
)

// Swap is a base and a source whose states at one token are interchanged.
type Swap struct {
	Family  string // of the base
	HeldOut bool
	Base    string // prompt
	Source  string
	Options [2]string // of the base
	Sources [2]string // of the source
	// Before and After are the options, 0 or 1, that are predicted of the base, unswapped and
	// swapped.
	Before, After int
	Question      bool // it asks for the foresight, instead of a decision
	Last          int  // the token whose state is swapped, counted from the end of both prompts: -3
}

// Must says what the swap must do.
func (s Swap) Must() string {
	switch {
	case s.Question:
		return Foresees
	case s.Before != s.After:
		return Moves
	}
	return Stays
}

// What swaps must do.
const (
	Moves    = "moves"    // the decision becomes one that is neither the base's nor the source's
	Stays    = "stays"    // the decision is as before
	Foresees = "foresees" // the question of foresight is answered as of the source
)

// halves of a swap.
const (
	baseHalf   = "base"
	sourceHalf = "source"
)

// idOf names a half of the i-th swap.
func idOf(i int, half string) string { return fmt.Sprintf("%d/%s", i, half) }

// swapRow is a half of a swap as a row of a data set.
type swapRow struct {
	ID        string `json:"id"`
	Prompt    string `json:"prompt"`
	Pair      string `json:"pair"`
	Question  string `json:"question"` // swaps are told apart by it; the pair again
	Half      string `json:"half"`
	First     string `json:"first"`
	Second    string `json:"second"`
	Family    string `json:"family"`
	Split     string `json:"split"`
	Foresight bool   `json:"asks_foresight"`
	Before    int    `json:"before"` // predicted option of the base, 0 or 1
	After     int    `json:"after"`
}

// WriteSwaps writes the swaps at one token as a data set of pairs; i is a swap's place.
func WriteSwaps(w io.Writer, swaps []Swap, last int) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, s := range swaps {
		if s.Last != last {
			continue
		}
		pair := fmt.Sprint(i)
		both := swapRow{Pair: pair, Question: pair, Family: s.Family, Split: splitOf(s.HeldOut), Foresight: s.Question, Before: s.Before, After: s.After}
		base, source := both, both
		base.ID, base.Prompt, base.Half, base.First, base.Second = idOf(i, baseHalf), s.Base, baseHalf, s.Options[0], s.Options[1]
		source.ID, source.Prompt, source.Half, source.First, source.Second = idOf(i, sourceHalf), s.Source, sourceHalf, s.Sources[0], s.Sources[1]
		for _, r := range []swapRow{base, source} {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Swapped is what an arm made of a base.
type Swapped struct {
	Swap
	Share float64 // of the first option
	Mass  float64
}

// Answer is the option that is likelier.
func (s Swapped) Answer() int {
	if s.Share >= 0.5 {
		return 0
	}
	return 1
}

// SwapsOf gives what the samples of a run say of the bases of swaps at one token, by arm, in
// the order of the swaps, whatever the order of the samples.
func SwapsOf(swaps []Swap, last int, samples []rundir.Sample) (map[string][]Swapped, error) {
	byID := map[string]*rundir.Sample{}
	arms := map[string]bool{}
	for i := range samples {
		if s := &samples[i]; s.Arm != nil {
			byID[*s.Arm+" "+s.PromptID], arms[*s.Arm] = s, true
		}
	}
	out := map[string][]Swapped{}
	for arm := range arms {
		for i, swap := range swaps {
			if swap.Last != last {
				continue
			}
			s := byID[arm+" "+idOf(i, baseHalf)]
			if s == nil {
				return nil, fmt.Errorf("swap %q has no sample of the arm %q", idOf(i, baseHalf), arm)
			}
			share, mass, err := shareOf(s.AlternativeLogprobs)
			if err != nil {
				return nil, fmt.Errorf("swap %q, arm %q: %w", s.PromptID, arm, err)
			}
			out[arm] = append(out[arm], Swapped{swap, share, mass})
		}
	}
	return out, nil
}
