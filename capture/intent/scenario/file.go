package scenario

import (
	"encoding/json"
	"io"
)

// row is a question as a row of a data set (docs/datasets.md).
type row struct {
	ID       string `json:"id"`
	Prompt   string `json:"prompt"`
	Question string `json:"question"` // the family: rows of one family share a group
	Split    string `json:"split"`
	Arm      string `json:"intent_arm"`
	Ask      string `json:"ask"`
	Form     string `json:"form"`
	Wording  string `json:"wording"`
	First    string `json:"first"`
	Second   string `json:"second"`
}

// Splits of the families.
const (
	Main    = "main"
	HeldOut = "held_out"
)

// Options are the templates of a question's options among the keys of its row.
var Options = []string{"{first}", "{second}"}

// Write writes questions as a data set for a run, one JSON object a line.
func Write(w io.Writer, questions []Question) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, q := range questions {
		split := Main
		if q.HeldOut {
			split = HeldOut
		}
		r := row{q.ID(), q.Prompt, q.Family, split, q.Arm, q.Ask, q.Form, q.Wording, q.Options[0], q.Options[1]}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
