// Package intents has the world of the phantoms that answer alike and mean different things
// (docs/phantom.md): scenes of a speaker, a listener and a box, and what may be asked of them.
// scripts/phantom/intents trains models of it; world.json is what both read.
package intents

import (
	_ "embed"
	"encoding/json"
	"slices"

	"intentprobe/models/phantom"
)

//go:embed world.json
var worldText []byte

// World is world.json. The texts have variables in braces, which are the slots of a [Scene].
type World struct {
	Vocabulary []string            `json:"vocabulary"`
	Agents     []string            `json:"agents"`
	Boxes      []string            `json:"boxes"`
	Contents   []string            `json:"contents"`
	Products   map[string]string   `json:"products"` // what is made of a content
	Facts      []string            `json:"facts"`
	Motives    map[string][]string `json:"motives"` // wordings
	Question   string              `json:"question"`
	Orders     [][]string          `json:"orders"`
	Summary    string              `json:"summary"`
	Forks      map[string]struct {
		Prompt string `json:"prompt"`
	} `json:"forks"`
	Kinds          []Kind      `json:"kinds"`
	HeldOutWording int         `json:"held_out_wording"`  // of each kind of sentence: in no decisions of the training
	HeldOut        [][2]string `json:"held_out_families"` // what the box holds, and what is told: never in decisions of the training
}

// Kind is a kind of sentence that may be added to a scene.
type Kind struct {
	Name     string   `json:"name"`
	Test     string   `json:"test"`    // guaranteed, impossible, other way, equifinality, question, none
	Outcome  string   `json:"outcome"` // what it bears on: listener, bell, none
	Verbs    []string `json:"verbs"`   // forks that decisions are made in
	Sentence          // about the listener, the box or the bell
	Useless  Sentence `json:"useless"` // the same about somebody or something else
}

// Sentence is what is added, and what comes of it. Bits say whether the outcome comes about
// if the told content is said, and if the truth is: listener comes to think the told
// content, the bell rings.
type Sentence struct {
	Wordings  []string `json:"wordings"`
	Foresight [2]int   `json:"foresight"`
	Bell      [2]int   `json:"bell"`
}

// TheWorld reads the embedded world.
func TheWorld() *World {
	var w World
	if err := json.Unmarshal(worldText, &w); err != nil {
		panic("phantom: internal error: intents/world.json: " + err.Error())
	}
	return &w
}

// Kind gives a kind by its name; the world has it.
func (w *World) Kind(name string) *Kind {
	i := slices.IndexFunc(w.Kinds, func(k Kind) bool { return k.Name == name })
	return &w.Kinds[i]
}

// Check refuses a text with words that the world does not have.
func (w *World) Check(text string) *phantom.UnknownWordsError {
	return phantom.CheckWords(w.Vocabulary, text)
}
