// Package scenario has the questions of a ladder: what is asked of which family under which
// arm, their file, and what a run answered.
package scenario

import "strings"

// Question is one prompt with two options. The share of the first option is what counts; which
// one stands first is what the ask says (package ladder).
type Question struct {
	Family  string    `json:"family"`
	HeldOut bool      `json:"held_out"`
	Wording string    `json:"wording"`
	Arm     string    `json:"arm"`
	Ask     string    `json:"ask"`
	Form    string    `json:"form"` // which elicitation, where an ask has several
	Prompt  string    `json:"prompt"`
	Options [2]string `json:"options"`
}

// ID names a question: it is the prompt_id of its sample.
func (q Question) ID() string {
	return strings.Join([]string{q.Family, q.Wording, q.Arm, q.Ask, q.Form}, "/")
}
