package intents

import (
	"math/rand/v2"
	"strings"
)

// Scene is the content of a prompt.
type Scene struct {
	Motive                  string // goal, neutral, recital, joke
	Kind                    string // of the added sentence
	Useless                 bool   // it is about somebody or something else
	Speaker, Listener       string
	Third                   string // an agent who takes no part
	Box, Other              string
	World, Told             string // what the box holds, and what the motive names
	Beside                  string // what the other box is said to hold; empty: nothing is
	Fact, Order             int    // wordings
	MotiveWording, Sentence int
}

// Draw draws the people, boxes and wordings of a family, which is what the box holds and
// what is told.
func (w *World) Draw(world, told string, rng *rand.Rand) Scene {
	agents, boxes := rng.Perm(len(w.Agents)), rng.Perm(len(w.Boxes))
	return Scene{
		Motive: "goal", Kind: "none", World: world, Told: told,
		Speaker: w.Agents[agents[0]], Listener: w.Agents[agents[1]], Third: w.Agents[agents[2]],
		Box: w.Boxes[boxes[0]], Other: w.Boxes[boxes[1]],
		Fact: rng.IntN(len(w.Facts)), Order: rng.IntN(len(w.Orders)), MotiveWording: rng.IntN(1 << 16), Sentence: rng.IntN(1 << 16),
	}
}

// sentence is what is added to a scene.
func (w *World) sentence(s Scene) Sentence {
	k := w.Kind(s.Kind)
	if s.Useless {
		return k.Useless
	}
	return k.Sentence
}

// Bits say whether an outcome (listener, bell) comes about if the told content is said, and
// if the truth is. Nobody takes a recital or a joke at its word: only what comes anyway comes.
func (w *World) Bits(s Scene, outcome string) [2]bool {
	sentence := w.sentence(s)
	if outcome == "bell" {
		return truths(sentence.Bell)
	}
	bits := truths(sentence.Foresight)
	if s.Motive == "recital" || s.Motive == "joke" {
		anyway := bits[0] && bits[1] && s.Kind != "mixes"
		return [2]bool{anyway, anyway}
	}
	return bits
}

func truths(bits [2]int) [2]bool { return [2]bool{bits[0] == 1, bits[1] == 1} }

// Prefix is the text up to the summary word, which it ends with. It is the same whatever
// is asked then.
func (w *World) Prefix(s Scene) string {
	motives, sentences := w.Motives[s.Motive], w.sentence(s).Wordings
	fact := w.Facts[s.Fact]
	if s.Beside != "" {
		fact += " " + strings.NewReplacer("{world}", s.Beside, "{box}", "{other}").Replace(fact)
	}
	parts := map[string]string{
		"fact": fact, "motive": motives[s.MotiveWording%len(motives)], "question": w.Question,
		"sentence": sentences[s.Sentence%len(sentences)],
	}
	var texts []string
	for _, name := range w.Orders[s.Order] {
		if parts[name] != "" {
			texts = append(texts, parts[name])
		}
	}
	return fill(strings.Join(append(texts, w.Summary), " "), s, "")
}

// Ask is a whole prompt: a scene, and a fork. The word is what a question supposes to be
// said.
func (w *World) Ask(s Scene, fork, word string) string {
	return w.Prefix(s) + " " + fill(w.Forks[fork].Prompt, s, word)
}

func words(text string) []string { return strings.Fields(text) }

func fill(text string, s Scene, word string) string {
	return strings.NewReplacer("{speaker}", s.Speaker, "{listener}", s.Listener, "{third}", s.Third,
		"{box}", s.Box, "{other}", s.Other, "{world}", s.World, "{told}", s.Told, "{word}", word).Replace(text)
}
