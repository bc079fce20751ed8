package spec

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Variant is a condition or a style: what is done to every question under it. Texts
// are templates with {variables} of the row and of Vars.
type Variant struct {
	Name     string            `json:"name" yaml:"name"`
	System   string            `json:"system,omitempty" yaml:"system"`
	Prefix   string            `json:"prefix,omitempty" yaml:"prefix"` // of the user's last message
	Suffix   string            `json:"suffix,omitempty" yaml:"suffix"`
	Prompt   string            `json:"prompt,omitempty" yaml:"prompt"`     // instead of prompts.prompt
	Prefill  string            `json:"prefill,omitempty" yaml:"prefill"`   // begins the assistant's answer
	Response *string           `json:"response,omitempty" yaml:"response"` // given: scored instead of sampled
	Label    *string           `json:"label,omitempty" yaml:"label"`
	Split    *string           `json:"split,omitempty" yaml:"split"`
	Vars     map[string]string `json:"vars,omitempty" yaml:"vars"`
}

// Pairs says what may differ between the rows of a pair.
type Pairs struct {
	Differ []string `key:"differ" json:"differ,omitempty"` // system, user, assistant, response, span:NAME
	Allow  bool     `key:"allow" json:"allow,omitempty"`   // let everything differ
}

// Declared gives what pairs.differ lists; a comma may stand between two of them.
func (p *Pairs) Declared() (out []string) {
	for _, words := range p.Differ {
		for word := range strings.SplitSeq(words, ",") {
			out = append(out, strings.TrimSpace(word))
		}
	}
	return out
}

// Knowledge asks every question neutrally, before anything else, whether the model
// knows its answer.
type Knowledge struct {
	Condition   string  `json:"condition,omitempty" yaml:"condition"` // the neutral one: one of conditions, or what System is called
	System      string  `json:"system,omitempty" yaml:"system"`       // of a neutral condition that is not among them
	Samples     int     `json:"samples" yaml:"samples"`
	Temperature float64 `json:"temperature" yaml:"temperature"`
	MaxTokens   int     `json:"max_tokens" yaml:"max_tokens"`
	Knows       float64 `json:"knows" yaml:"knows"`                 // share of right answers from which on it knows
	DoesNotKnow float64 `json:"does_not_know" yaml:"does_not_know"` // and up to which it does not
}

// defaultKnowledge is what a spec need not say.
var defaultKnowledge = Knowledge{Samples: 5, Temperature: 1, MaxTokens: 24, Knows: 0.8, DoesNotKnow: 0.2}

// UnmarshalYAML reads the keys that are there and keeps the defaults of the others.
func (k *Knowledge) UnmarshalYAML(node *yaml.Node) error {
	type plain Knowledge
	*k = defaultKnowledge
	return node.Decode((*plain)(k))
}

// Followup is a question asked of every sample after its response, in a branch of
// its own.
type Followup struct {
	Name         string   `json:"name" yaml:"name"`
	Ask          string   `json:"ask" yaml:"ask"`
	Prefill      string   `json:"prefill,omitempty" yaml:"prefill"`   // begins the answer
	Response     *string  `json:"response,omitempty" yaml:"response"` // given answer
	Alternatives []string `json:"alternatives,omitempty" yaml:"alternatives"`
	MaxTokens    int      `json:"max_tokens,omitempty" yaml:"max_tokens"` // 0 samples nothing
}

// Alternatives are texts whose log-probabilities are wanted at a place of each sample.
type Alternatives struct {
	Name    string   `json:"name" yaml:"name"`
	Options []string `json:"options" yaml:"options"` // templates with {variables} of the row
	At      string   `json:"at,omitempty" yaml:"at"` // response (the default), end, span:NAME
}
