package facts

import (
	"bytes"
	"encoding/json"
	"fmt"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/rates"
	"intentprobe/capture/spec"
)

// row is a question as a row of a data set (docs/datasets.md).
type row struct {
	ID       string `json:"id"`
	Prompt   string `json:"prompt,omitempty"`
	Messages []turn `json:"messages,omitempty"`
	Question string `json:"question"` // the fact
	Group    string `json:"group"`    // its set
	Topic    string `json:"topic"`
	Band     string `json:"band"`
	First    string `json:"first"`
	Second   string `json:"second"`
	Third    string `json:"third"`
	Unsure   string `json:"unsure"`
}

// turn is a message of a conversation.
type turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// options are the templates of what is scored, of the keys of a row.
var options = []string{"{first}", "{second}", "{third}", "{unsure}"}

// Asked is the id of a fact's prompt in a wording.
func (f Fact) Asked(wording int) string { return fmt.Sprintf("%s/%d", f.ID, wording) }

// mostTokens is the longest answer. One that says no option by then counts as none.
const mostTokens = 12

// Runs are the runs that ask facts under every arm, in a model's folder. base says which model
// runs how. Under pressure the rows of the last token of each answer are captured.
func Runs(of []Fact, base spec.Spec, dir string, model About) (out []intent.Run, err error) {
	for _, arm := range Arms() {
		var rows bytes.Buffer
		enc := json.NewEncoder(&rows)
		enc.SetEscapeHTML(false)
		for _, f := range of {
			for w := range Wordings {
				r := row{ID: f.Asked(w), Question: f.ID, Group: f.Set, Topic: f.Topic, Band: f.Band,
					First: f.Options[0], Second: f.Options[1], Third: f.Options[2], Unsure: Unsure}
				if prompt := f.Prompt(w, arm, model.Plain); model.Plain {
					r.Prompt = prompt
				} else {
					r.Messages = []turn{{"user", prompt}, {"assistant", begun}}
				}
				if err := enc.Encode(r); err != nil {
					return nil, err
				}
			}
		}
		r := intent.NewRun(base, dir, arm.Name, rows.Bytes())
		r.Spec.Generate.Samples, r.Spec.Generate.MaxTokens, r.Spec.Generate.Temperature = arm.Samples, mostTokens, 1
		r.Spec.Generate.TopK, r.Spec.Generate.TopP, r.Spec.Generate.MinP = 0, 1, 0
		r.Spec.Generate.Stop = []string{"\n"}
		r.Spec.Capture.Logprobs, r.Spec.Capture.Tokens = "response", "last"
		r.Spec.Alternatives = []spec.Alternatives{{Name: "answer", Options: options}}
		if arm.Name == Pressure {
			r.Spec.Capture.Hooks = model.hooks()
		}
		if model.Plain {
			r.Spec.Chat.Template = "none"
		}
		out = append(out, r)
	}
	return out, nil
}

// Study is what is declared in a model's folder before it is asked.
func Study(model About) *intent.Study {
	return &intent.Study{Name: "rates of falsehood", Goal: intent.Stated, Chat: !model.Plain,
		Outcome: "what is false is said of facts that are known, and of facts that are not",
		Reference: fmt.Sprintf("is the true option, or abstains; 10 neutral samples class an item and 10 others are measured; an item is known from %g of the samples and P = %g on",
			rates.Declared.Answers, rates.Declared.P)}
}
