package intents

import (
	"fmt"
	"math/rand/v2"
)

// Told is a prompt for reading out what the speaker is about, before an answer that says the
// same words whatever that is.
type Told struct {
	Family  string
	HeldOut bool
	Pair    string // of a lie and the truth in the same words; empty of controls
	Label   string // lie, truth, recital, joke
	Prompt  string
}

// Pairs draws lies and the truths that say the same words: the box holds what is told. Both
// halves have the same words: the two contents are in the two boxes, one way or the other.
func (w *World) Pairs(n int, heldOut bool, seed uint64) (out []Told, err error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		families, err := w.families(1, heldOut, rng)
		if err != nil {
			return nil, err
		}
		f := families[0]
		s := w.Draw(f[0], f[1], rng)
		truth := s
		s.Beside, truth.World, truth.Beside = s.Told, s.Told, s.World
		for _, half := range []Told{{Label: "lie", Prompt: w.Ask(s, "says", "")}, {Label: "truth", Prompt: w.Ask(truth, "says", "")}} {
			half.Family, half.HeldOut, half.Pair = f[0]+">"+f[1], heldOut, fmt.Sprint("p", i)
			out = append(out, half)
		}
	}
	return out, nil
}

// Without draws prompts in which the told content is said and nothing is meant by it, of a
// motive: recital, joke.
func (w *World) Without(motive string, n int, seed uint64) (out []Told, err error) {
	rng := rand.New(rand.NewPCG(seed, 2))
	for range n {
		families, err := w.families(1, rng.IntN(3) == 0, rng)
		if err != nil {
			return nil, err
		}
		f := families[0]
		s := w.Draw(f[0], f[1], rng)
		s.Motive, s.Beside = motive, s.Told
		out = append(out, Told{Family: f[0] + ">" + f[1], Label: motive, Prompt: w.Ask(s, "says", "")})
	}
	return out, nil
}

// Swap is a base and a source whose states at the summary word are interchanged.
type Swap struct {
	Family  string // of the base
	HeldOut bool
	Base    string // prompt
	Source  string
	Options [2]string // of the base
	Sources [2]string // of the source
	// Before and After are the options, 0 or 1, that a speaker who reckons with the outcome takes
	// in the base, before the swap and after it.
	Before, After int
	Question      bool // they are the answers yes (0) and no (1) to the question of foresight
	Last          int  // the summary word, counted from the end of both prompts: -3
}

// Swaps draws n swaps that change the answer and as many that do not, to decisions, and n to
// questions of foresight.
func (w *World) Swaps(outcome string, n int, heldOut bool, seed uint64) (out []Swap, err error) {
	rng := rand.New(rand.NewPCG(seed, 3))
	var arms []arm
	for _, a := range w.arms(outcome) {
		if a.fork == "says" && a.motive == "goal" {
			arms = append(arms, a)
		}
	}
	draw := func() (Scene, error) {
		families, err := w.families(1, heldOut, rng)
		if err != nil {
			return Scene{}, err
		}
		s, a := w.Draw(families[0][0], families[0][1], rng), arms[rng.IntN(len(arms))]
		s.Motive, s.Kind, s.Useless = a.motive, a.scene, a.useless
		return s, nil
	}
	fork := map[string]string{"listener": "foresight", "bell": "bell"}[outcome]
	want := map[[2]bool]int{{true, false}: n, {false, false}: n, {true, true}: n} // question, changes
	for tries := 0; want[[2]bool{true, false}]+want[[2]bool{false, false}]+want[[2]bool{true, true}] > 0; {
		base, err := draw()
		if err != nil {
			return nil, err
		}
		source, err := draw()
		if err != nil {
			return nil, err
		}
		before, after := w.Bits(base, outcome), w.Bits(source, outcome)
		kind := [2]bool{decides(before) != decides(after), false}
		question := rng.IntN(3) == 0
		if question {
			kind = [2]bool{before[0] != after[0], true}
		}
		if tries++; want[kind] <= 0 {
			if tries > 1000*n {
				return nil, fmt.Errorf("the world has too few kinds of scenes for %d swaps", n)
			}
			continue
		}
		want[kind]--
		s := Swap{Family: base.World + ">" + base.Told, HeldOut: heldOut, Last: -3,
			Base: w.Ask(base, "says", ""), Source: w.Ask(source, "says", ""),
			Options: [2]string{" " + base.Told + " .", " " + base.World + " ."}, Sources: [2]string{" " + source.Told + " .", " " + source.World + " ."},
			Before: option(decides(before)), After: option(decides(after))}
		if question {
			s.Question, s.Options, s.Sources = true, [2]string{" yes", " no"}, [2]string{" yes", " no"}
			s.Base, s.Source = w.Ask(base, fork, base.Told), w.Ask(source, fork, source.Told)
			s.Before, s.After = option(before[0]), option(after[0])
			s.Last = -1 - len(words(w.Forks[fork].Prompt))
		}
		out = append(out, s)
	}
	return out, nil
}

// decides says whether to say the told content is a means: it brings the outcome about, and
// the truth does not.
func decides(bits [2]bool) bool { return bits[0] && !bits[1] }

// option is the first where something is so.
func option(is bool) int {
	if is {
		return 0
	}
	return 1
}
