package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
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
		r := row{q.ID(), q.Prompt, q.Family, splitOf(q.HeldOut), q.Arm, q.Ask, q.Form, q.Wording, q.Options[0], q.Options[1]}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func splitOf(heldOut bool) string {
	if heldOut {
		return HeldOut
	}
	return Main
}

// ReadQuestions reads what Write wrote.
func ReadQuestions(r io.Reader) (out []Question, err error) {
	return out, eachRow(r, func(r row) error {
		heldOut, err := heldOutOf(r.Split)
		q := Question{Family: r.Question, HeldOut: heldOut, Wording: r.Wording, Arm: r.Arm, Ask: r.Ask, Form: r.Form,
			Prompt: r.Prompt, Options: [2]string{r.First, r.Second}}
		if err == nil && q.ID() != r.ID {
			err = fmt.Errorf("it is the question %q", q.ID())
		}
		out = append(out, q)
		return err
	})
}

func heldOutOf(split string) (bool, error) {
	if split != Main && split != HeldOut {
		return false, fmt.Errorf("the split is %q, which is neither %s nor %s", split, Main, HeldOut)
	}
	return split == HeldOut, nil
}

// eachRow reads the rows of a data set; an error names the row.
func eachRow[T any](r io.Reader, take func(T) error) error {
	dec := json.NewDecoder(r)
	for n := 1; ; n++ {
		var row T
		err := dec.Decode(&row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = take(row)
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
	}
}
