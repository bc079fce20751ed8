package intent

import (
	"slices"

	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/scenario"
)

// Study is all that is asked of a model, and what is to come of it.
type Study struct {
	Name      string       `json:"name"`
	Outcome   string       `json:"outcome"`   // φ, in words
	Reference string       `json:"reference"` // REF: what a is held against
	Goal      string       `json:"goal"`      // where the goal comes from: stated, trained, neither
	Chat      bool         `json:"chat"`      // prompts are messages under the model's chat template
	Side      string       `json:"side_effect,omitempty"`
	Arms      []ladder.Arm `json:"arms"`

	Questions []scenario.Question `json:"-"`
	ReadOut   *ReadOut            `json:"read_out,omitempty"`    // nil: rung 6 is not run
	Swaps     *Interchange        `json:"interchange,omitempty"` // nil: rung 7 is not run
}

// Sources of a goal.
const (
	Stated  = "stated"
	Trained = "trained"
	Neither = "neither"
)

// ReadOut says what is read before an answer (rung 6): pairs that say the same words, and
// controls in which the words are said and nothing is meant by them.
type ReadOut struct {
	Positive string                     `json:"positive"` // labels of the halves
	Negative string                     `json:"negative"`
	Pairs    []scenario.Told            `json:"-"`
	Controls map[string][]scenario.Told `json:"-"`
}

// Interchange says what is swapped (rung 7).
type Interchange struct {
	Point  string          `json:"point"`          // where: a hook point
	File   string          `json:"file,omitempty"` // direction file
	Vector string          `json:"vector"`
	Unused string          `json:"unused,omitempty"` // another one of the file, which must change nothing
	Swaps  []scenario.Swap `json:"-"`
}

// Families are the names of those that are held out, or of the others, in order.
func (s *Study) Families(heldOut bool) (out []string) {
	for _, q := range s.Questions {
		if q.HeldOut == heldOut {
			out = append(out, q.Family)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
