// Package arm makes the arms of an experiment with interventions: which edits of which
// rows a sample is decoded with.
//
// An arm is a name, such as lie@2 or lie@2/random.7, and a list of interventions in the
// order of the spec. The arm "none" is the first of every [Set]: it changes nothing, and
// what other arms do is held against it.
package arm

import (
	"intentprobe/capture/selection"
	"intentprobe/hooks"
)

// The kinds of arms: without edits; with those of the spec; the controls of such an arm.
const (
	None       = "none"
	Edit       = "edit"
	Random     = "random"     // along random directions, of the same norm and rank
	Covariance = "covariance" // likewise, with the covariance of the rows that the direction was made from
	Opposite   = "opposite"   // the other way
	Unrelated  = "unrelated"  // along another direction
	Layer      = "layer"      // in another block
	Tokens     = "tokens"     // of other tokens
	Prompt     = "prompt"     // without edits: it is asked for in words
)

// Set is the arms of a run, and all that they may edit.
type Set struct {
	Arms  []Arm
	Edits []hooks.Edit // of the engine's plan
}

// Arm is one way of decoding a sample.
type Arm struct {
	Name   string
	Kind   string
	Of     string // of a control: the arm that it is a control of
	Parts  []Part // in the order of the spec
	Prompt string // what the arm "prompt" puts before the user's last message
}

// Part is an intervention in an arm.
type Part struct {
	Name      string
	Edits     []int                // of Set.Edits, in the order in which they are applied
	Tokens    *selection.Selection // whose rows are changed
	Followups bool                 // those of follow-ups too
	Swap      *Swap                // where its edits are swaps
	When      *When                // where it has a condition
}

// Swap says where the rows come from that a swap puts in the place of the sample's own:
// from the sample of the arm none that answers the same question.
type Swap struct {
	Pair      bool   // from the other half of the pair
	Condition string // else from the row under this condition
	Align     string // token, span, from_end
	Keeps     []int  // of Set.Edits: for each of the part's edits the one that keeps the source's row
}

// When is the condition of a part: its tokens are edited where a probe's score is above a
// threshold.
type When struct {
	Score int // of Set.Edits: the edit that writes the score
	Above float32
}
