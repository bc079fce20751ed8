package scenario

import (
	"encoding/json"
	"fmt"
	"io"
)

// Told is a prompt of which the state before the answer is read.
type Told struct {
	Family  string
	HeldOut bool
	Pair    string // of the halves that say the same words; empty of controls
	Label   string
	Prompt  string
}

// WriteTold writes them as a data set, in order.
func WriteTold(w io.Writer, told []Told) error {
	type row struct {
		ID       string `json:"id"`
		Prompt   string `json:"prompt"`
		Question string `json:"question"`
		Pair     string `json:"pair,omitempty"`
		Label    string `json:"label"`
		HeldOut  bool   `json:"held_out"`
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, t := range told {
		question := t.Family // what is independent of the others
		if err := enc.Encode(row{fmt.Sprintf("%s/%d", t.Label, i), t.Prompt, question, t.Pair, t.Label, t.HeldOut}); err != nil {
			return err
		}
	}
	return nil
}
