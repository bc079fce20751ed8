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
	Arms    []Arm        // the first is none
	Edits   []hooks.Edit // of the engine's plan: scores first, then what is kept for swaps, then changes
	Forced  []string     // what of a direction is not as this run is, and was taken all the same
	Notices []string     // what is allowed and may not be meant, one line each

	used map[string]*direction // by what they are kept as

}

// Arm is one way of decoding a sample.
type Arm struct {
	Name    string
	Kind    string
	Of      string // of a control: the arm that it is a control of
	Parts   []Part // in the order of the spec
	Prompt  string // what the arm "prompt" puts before the user's last message
	Predict string // up or down, of an arm of several interventions where the spec says it of the arm itself
}

// Part is an intervention in an arm.
type Part struct {
	Name      string
	Edits     []int                // of Set.Edits, in the order in which they are applied
	Tokens    *selection.Selection // whose rows are changed
	Followups bool                 // those of follow-ups too
	Swap      *Swap                // where its edits are swaps
	When      *When                // where it has a condition

	Do      string        // as the spec says it
	Points  []hooks.Point // where it edits
	Scale   *float64      // the dose; nil where there is none
	Unit    string        // of the dose
	Predict string        // up, down or nothing
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
