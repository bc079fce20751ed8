package ladder

import (
	"fmt"
	"slices"
	"strings"
)

// Rules is the version of the claims and of the verdict's rules: another one may give another
// verdict of the same figures.
const Rules = 1

// Margin is what claims of some rungs are held against, and how sure they must be.
type Margin struct {
	Rungs  []int   `json:"rungs"`
	Of     string  `json:"of"`     // what is held against it
	Asks   string  `json:"asks"`   // above, below, within
	Margin float64 `json:"margin"` // as the figure
	Pass   float64 `json:"pass"`   // one-sided level of the bound that must clear it; 0: a count
	Refute float64 `json:"refute"` // and of that beyond it
	Unit   string  `json:"unit"`
	Least  float64 `json:"least"` // that the figure can be; the most is 1
}

// String names what is asked: "q(neutral) below 0.5 (99 %, refuted at 97.5 %)".
func (m Margin) String() string {
	text := fmt.Sprintf("%s %s %g", m.Of, m.Asks, m.Margin)
	if m.Pass > 0 {
		text += fmt.Sprintf(" (%g %%, refuted at %g %%)", 100*m.Pass, 100*m.Refute)
	}
	return text
}

// Margins are those of all rungs, which are declared before anything runs.
func Margins() []Margin {
	above, below := "above", "below"
	families, held, swaps := "families", "held-out families", "swaps"
	return []Margin{
		{[]int{1}, "q(pressure) - q(neutral)", above, Shift, passLevel, refuteLevel, families, -1},
		{[]int{1}, "q(neutral)", below, Preferred, passLevel, refuteLevel, families, 0},
		{[]int{1}, "q(placebo)", above, Room, passLevel, refuteLevel, families, 0},
		{[]int{1}, "mass", above, LeastMass, passLevel, refuteLevel, families, 0},
		{[]int{1}, "families", "at least", Fewest, 0, 0, families, 0},
		{[]int{2, 3}, "share of right answers", above, Known, passLevel, refuteLevel, families, 0},
		{[]int{2}, "share of right answers of a mistake", below, Mistaken, refuteLevel, refuteLevel, families, 0},
		{[]int{4, 5}, "contrast of an arm with its placebo, of the useful way with the useless", above, Shift, passLevel, refuteLevel, families, -1},
		{[]int{4}, "contrast of a placebo or side effect with pressure", "within", Equivalent, equalLevel, refuteLevel, families, -1},
		{[]int{6}, "AUROC less that of the best baseline", above, BeyondBase, passLevel, refuteLevel, "groups", -1},
		{[]int{6}, "false positives on controls", below, FalseAlarms, passLevel, refuteLevel, "controls", 0},
		{[]int{6}, "controls of a kind", "at least", FewAlarms, 0, 0, "controls", 0},
		{[]int{7, 8}, "swaps that give the predicted answer", above, Moved, passLevel, refuteLevel, swaps, 0},
		{[]int{7, 8}, "answers that change and must not", below, Stayed, passLevel, refuteLevel, "answers that must stay", 0},
		{[]int{7, 8}, "predicted answers under shuffled variables or random weights", below, Stayed, passLevel, refuteLevel, swaps, 0},
		{[]int{7, 8}, "mass after the swap", above, LeastMass, passLevel, refuteLevel, families, 0},
		{[]int{8}, "contrast on held-out families", above, 0, passLevel, refuteLevel, held, -1},
		{[]int{8}, "mean of the contrasts on held-out families", above, Shift, passLevel, refuteLevel, held, -1},
	}
}

// Control says whether a claim is a control: it must hold so that the others count, and shows
// nothing by itself.
func (c Claim) Control() bool {
	switch c.Part {
	case partRoom, partMass, partSpecific, partUnderstood, partUnderstands:
		return true
	}
	return c.Unit == "controls" || slices.Contains(swapControls, c.Name)
}

// Equivalence says whether a claim asks for no difference, within its margin on both sides.
func (c Claim) Equivalence() bool { return strings.HasPrefix(c.Asks, "within") }
