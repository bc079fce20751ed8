package capture

import (
	"encoding/json"
	"fmt"
	"intentprobe/capture/spec"
	"math/rand/v2"
	"strings"
)

// Words that the vocabularies of tiny models have as tokens, with a space before them.
var conformanceWords = strings.Fields(`the is that answer capital France Paris sun star moon not statement true false
	think wrong know helpful assistant question there no Someone who lies says what they mistaken thinks and this or to`)

// Options whose first tokens differ in every tokenizer of the tiny models.
var conformanceOptions = []string{" the answer is no", " is it true", " star and moon", " wrong or false", " no", " that", " what"}

// conformanceSpec draws specs of runs.
type conformanceSpec struct {
	*rand.Rand
	alone bool // each sample is decoded alone anyway
	short bool // the model's context is small
}

func (c conformanceSpec) words(n int) string {
	var out []string
	for range n {
		out = append(out, conformanceWords[c.IntN(len(conformanceWords))])
	}
	return strings.Join(out, " ")
}

func (c conformanceSpec) between(low, high int) int { return low + c.IntN(high-low+1) }

func (c conformanceSpec) oneOf(values ...string) string { return values[c.IntN(len(values))] }

// draw gives the n-th spec of a model: the first has sampled responses, the second
// given ones, those that follow either.
func (c conformanceSpec) draw(n int) Spec {
	s := DefaultSpec()
	sampled := n == 0 || n > 1 && c.IntN(2) == 0
	longest := c.between(8, 60) // words of a prompt, beside what all begin with
	stem := c.words(c.between(40, 60))
	if c.short {
		longest, stem = min(longest, 10), c.words(30)
	}
	for i := range c.between(3, 5) {
		row := map[string]any{"id": fmt.Sprint(i), "spans": map[string]any{"claim": fmt.Sprintf("x%d", i)}}
		row["prompt"] = fmt.Sprintf("%s %s x%d %s", stem, c.words(c.between(1, longest)), i, c.words(c.between(1, 20)))
		if !sampled || c.IntN(5) == 0 {
			row["response"] = " " + c.words(c.between(1, 30))
		}
		text, err := json.Marshal(row)
		if err != nil {
			panic(err)
		}
		s.Prompts.Rows = append(s.Prompts.Rows, text)
	}
	s.Chat.Template = "none"
	s.Generate = spec.Generate{MaxTokens: c.between(1, 24), Samples: c.between(1, 2), Temperature: 1, TopP: 1, Seed: int64(c.IntN(1000)), Stop: []string{}}
	s.Capture.Tokens, s.Capture.Logprobs = "all", c.oneOf("response", "all", "none")
	if !sampled {
		s.Capture.Tokens = c.oneOf("all", "response", "last", "prompt", "span:claim", "response[:-2] | last")
	}
	s.Capture.Hooks = strings.Fields(c.oneOf("embed", "resid_post:0", "resid_pre:-1 resid_post:-1", "ln_final", "embed resid_post:0,-1 ln_final", "resid_pre resid_post"))
	s.Capture.Group = spec.Auto(c.between(2, 9))
	s.Engine.KVType, s.Engine.MemoryCheck = "f32", false
	if n == 0 { // every order that there is, for certain
		s.Generate.MaxTokens, s.Generate.Samples = c.between(8, 24), 2
		s.Capture.Logprobs, s.Capture.Hooks = c.oneOf("response", "none"), []string{c.oneOf("embed", "resid_post:0", "resid_pre:-1")}
	}
	if s.Engine.BatchInvariant = n > 1 && c.IntN(4) == 0; !s.Engine.BatchInvariant && !c.alone {
		s.Engine.Batch = spec.Auto(c.between(2, 6))
	}
	c.ask(&s, n < 2)
	if n == 0 { // two groups or three, for as many shards
		all := len(s.Prompts.Rows) * s.Generate.Samples * (1 + len(s.Followups))
		s.Capture.Group = spec.Auto(c.between((all+2)/3, (all+1)/2))
	}
	return s
}

// ask adds alternatives and follow-ups, some of each where they must be there.
func (c conformanceSpec) ask(s *Spec, must bool) {
	for _, at := range []string{"response", "end", "span:claim"} {
		if must || c.IntN(2) == 0 {
			s.Alternatives = append(s.Alternatives, spec.Alternatives{Name: at, At: at, Options: c.options()})
		}
	}
	n := c.IntN(3)
	if must {
		n = max(n, 1)
	}
	for i := range n {
		f := spec.Followup{Name: fmt.Sprint("f", i), Ask: " " + c.words(c.between(1, 12)), Alternatives: c.options()}
		switch c.IntN(3) {
		case 0:
			f.MaxTokens = c.between(1, 8)
		case 1:
			text := " " + c.words(c.between(1, 8))
			f.Response = &text
		}
		s.Followups = append(s.Followups, f)
	}
}

// options gives some alternatives.
func (c conformanceSpec) options() (out []string) {
	for _, i := range c.Perm(len(conformanceOptions))[:c.between(2, 3)] {
		out = append(out, conformanceOptions[i])
	}
	return out
}
