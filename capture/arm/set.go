package arm

import (
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// Set is every arm of a run.
type Set struct {
	Arms    []Arm        // Arms[0] is none
	Edits   []hooks.Edit // of all arms, each once: scores first, then sources of swaps, then changes
	Forced  []string     // what differed between directions and the model and was taken all the same
	Notices []string     // what is allowed and may not be meant
}

// Kinds of arms. All but the first two are controls.
const (
	None       = "none"
	Edit       = "edit"
	Random     = "random"
	Covariance = "covariance"
	Opposite   = "opposite"
	Unrelated  = "unrelated"
	Layer      = "layer"
	Tokens     = "tokens"
	Prompt     = "prompt"
)

// Arm is one way in which every sample is computed.
type Arm struct {
	Name   string
	Kind   string // None, Edit or that of a control
	Of     string // of a control: the arm that it is a control of
	Parts  []Part // in the order of the spec
	Prompt string // of the arm prompt: what the user's message begins with, before a space
}

// Part is one intervention in an arm.
type Part struct {
	Name      string
	Edits     []int // indices of Set.Edits, in order
	Tokens    *selection.Selection
	Followups bool // tokens of follow-ups are edited too
	Swap      *Swap
	When      *When

	// As the manifest keeps them.
	Do, Unit, Predict string
	Scale             *float64 // the dose; nil where the operation has none
	Points            []hooks.Point
}

// Swap says where the coordinates of a part's swaps come from.
type Swap struct {
	From  spec.Origin
	Align string // token, span, from_end
	Keep  []int  // the EditKeep edits that go with Part.Edits, one each, for the sources
}

// When lets a part change only the tokens that a probe says: whose score is above Above,
// and below Below.
type When struct {
	Probe        int // the EditScore edit in Set.Edits
	Above, Below float64
}
