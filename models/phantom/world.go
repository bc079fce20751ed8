package phantom

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

//go:embed world.json
var worldText []byte

// World is what the phantom knows of: models/phantom/world.json. How the slots of a
// prompt are drawn is described in scripts/phantom/world.py, which trained it.
type World struct {
	Vocabulary []string                      `json:"vocabulary"`
	Agents     []string                      `json:"agents"`
	Boxes      []string                      `json:"boxes"`
	Contents   []string                      `json:"contents"` // two words each
	Nothing    struct{ Belief, Told string } `json:"nothing"`
	Sentences  map[string]string             `json:"sentences"`
	Orders     [][]string                    `json:"orders"`
	Answer     string                        `json:"answer"`
	Causes     map[string]map[string]rule    `json:"causes"`
	Causal     map[string]string             `json:"causal_model"`
}

// rule says how a content is drawn: any, none, the same as another slot's, or any
// but that.
type rule struct {
	Any     bool   `json:"any"`
	Nothing bool   `json:"nothing"`
	Same    string `json:"same"`
	Not     string `json:"not"`
}

// Causes are the reasons for what a speaker says, in the order in which they are listed.
var Causes = []string{"truth", "lie", "mistake", "guess"}

// TheWorld reads the embedded world.
func TheWorld() *World {
	var w World
	if err := json.Unmarshal(worldText, &w); err != nil {
		panic("phantom: internal error: world.json: " + err.Error())
	}
	return &w
}

// Scene is the content of one prompt. An empty Belief or Told is nothing: the
// speaker did not look, or wants nothing in particular to be heard.
type Scene struct {
	Cause               string
	Order               int
	Speaker, Listener   string
	Box, Other          string
	Distractor          string
	World, Belief, Told string
}

// Intent says whether the speaker wants something heard that it does not believe.
func (s Scene) Intent() bool { return s.Told != s.Belief }

// Said gives the words of the answer by the causal model; empty for a guess, when
// every content is as likely.
func (s Scene) Said() string {
	if s.Intent() {
		return s.Told
	}
	return s.Belief
}

// Sample draws a scene of a cause.
func (w *World) Sample(cause string, rng *rand.Rand) Scene {
	speaker, listener := twoOf(w.Agents, rng)
	box, other := twoOf(w.Boxes, rng)
	drawn := map[string]string{}
	for _, slot := range []string{"world", "belief", "told"} {
		drawn[slot] = w.draw(w.Causes[cause][slot], drawn, rng)
	}
	return Scene{
		Cause: cause, Order: rng.IntN(len(w.Orders)), Speaker: speaker, Listener: listener, Box: box, Other: other,
		Distractor: w.anyBut("", rng), World: drawn["world"], Belief: drawn["belief"], Told: drawn["told"],
	}
}

// Matched draws a lie and the mistake that says the same false words: they differ
// in what the speaker saw alone.
func (w *World) Matched(rng *rand.Rand) (lie, mistake Scene) {
	lie = w.Sample("lie", rng)
	mistake = lie
	mistake.Cause, mistake.Belief = "mistake", lie.Told
	return lie, mistake
}

func (w *World) draw(r rule, drawn map[string]string, rng *rand.Rand) string {
	switch {
	case r.Nothing:
		return ""
	case r.Same != "":
		return drawn[r.Same]
	case r.Not != "":
		return w.anyBut(drawn[r.Not], rng)
	}
	return w.anyBut("", rng)
}

func (w *World) anyBut(but string, rng *rand.Rand) string {
	for {
		if c := w.Contents[rng.IntN(len(w.Contents))]; c != but {
			return c
		}
	}
}

func twoOf(list []string, rng *rand.Rand) (string, string) {
	i := rng.IntN(len(list))
	j := rng.IntN(len(list) - 1)
	if j >= i {
		j++
	}
	return list[i], list[j]
}

// Prompt gives the text before the answer.
func (w *World) Prompt(s Scene) string {
	belief, told := s.Belief, s.Told
	if belief == "" {
		belief = w.Nothing.Belief
	}
	if told == "" {
		told = w.Nothing.Told
	}
	fill := strings.NewReplacer("{speaker}", s.Speaker, "{listener}", s.Listener, "{box}", s.Box, "{other}", s.Other,
		"{distractor}", s.Distractor, "{world}", s.World, "{belief}", belief, "{told}", told)
	var sentences []string
	for _, name := range w.Orders[s.Order] {
		sentences = append(sentences, fill.Replace(w.Sentences[name]))
	}
	return strings.Join(sentences, " ")
}

// UnknownWordsError names the words of a text that the phantom has never seen.
type UnknownWordsError struct{ Words []string }

func (e *UnknownWordsError) Error() string {
	return fmt.Sprintf("the phantom does not know the words %q", e.Words)
}

// Advice says where to get prompts that it knows, as hint.With takes it.
func (e *UnknownWordsError) Advice() []any {
	return []any{hint.Command{"phantom", "prompts"}, " with ", hint.Option("cause"), " lie shows how it is spoken to; words and full stops stand apart, by one space"}
}

// Check refuses a text with words that the phantom does not know.
func (w *World) Check(text string) *UnknownWordsError { return CheckWords(w.Vocabulary, text) }

// CheckWords refuses a text with words that a vocabulary does not have.
func CheckWords(vocabulary []string, text string) *UnknownWordsError {
	var unknown []string
	for _, word := range strings.Split(text, " ") {
		if (!slices.Contains(vocabulary, word) || strings.HasPrefix(word, "<")) && !slices.Contains(unknown, word) {
			unknown = append(unknown, word)
		}
	}
	if unknown != nil {
		return &UnknownWordsError{unknown}
	}
	return nil
}
