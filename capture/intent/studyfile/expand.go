package studyfile

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/scenario"
)

// Study makes the prompts. Of the families so many are taken as the size says, by its seed;
// all where there are no more.
func (f *File) Study(size intent.Size) (*intent.Study, error) {
	s := &intent.Study{Name: f.Name, Outcome: f.Outcome, Reference: f.Reference, Goal: f.Goal, Side: f.SideEffect, Chat: true}
	for _, a := range f.Arms {
		s.Arms = append(s.Arms, ladder.Arm{Name: a.Name, Kind: ladder.Kind(a.Kind), Against: a.Against})
	}
	if f.ReadOut != nil {
		s.ReadOut = newReadOut()
	}
	for i, family := range f.drawn(size) {
		for wording := range size.Wordings {
			w := f.wording(family, i, wording, size.Wordings)
			if err := w.ask(s); err != nil {
				return nil, err
			}
			if s.ReadOut != nil && !w.heldOut {
				if err := w.tell(s.ReadOut); err != nil {
					return nil, err
				}
			}
		}
	}
	return s, nil
}

func newReadOut() *intent.ReadOut {
	return &intent.ReadOut{Positive: "lie", Negative: "truth", Controls: map[string][]scenario.Told{}}
}

// drawn are the families of a size: those that are not held out first.
func (f *File) drawn(size intent.Size) (out []map[string]string) {
	rng := rand.New(rand.NewPCG(size.Seed, 4))
	for _, heldOut := range []bool{false, true} {
		var all []map[string]string
		for _, family := range f.Families {
			if isHeldOut(family) == heldOut {
				all = append(all, family)
			}
		}
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		n := size.Families
		if heldOut {
			n = size.HeldOut
		}
		out = append(out, all[:min(n, len(all))]...)
	}
	return out
}

func isHeldOut(family map[string]string) bool { return family["split"] == scenario.HeldOut }

// written is one wording of a family.
type written struct {
	f       *File
	family  map[string]string
	heldOut bool
	number  int
	item    int  // of each text
	turned  bool // the second option stands first
}

// wording is one of so many: the first half of them goes through the texts in one order of the
// options, the second half in the other. Which text and order a family begins with goes
// round with the families.
func (f *File) wording(family map[string]string, place, number, of int) *written {
	half := (of + 1) / 2
	return &written{f: f, family: family, heldOut: isHeldOut(family), number: number,
		item: number%half + place, turned: (number/half+place)%2 == 1}
}

func (w *written) scope(with, own map[string]string) *scope {
	return &scope{f: w.f, family: w.family, item: w.item, with: with, own: own}
}

// ask adds all questions of the wording.
func (w *written) ask(s *intent.Study) error {
	for _, a := range w.f.Arms {
		options, err := w.scope(a.With, nil).pair("options", w.f.optionsOf(&a))
		if err != nil {
			return err
		}
		for _, q := range w.f.asked(&a, options) {
			sc := w.scope(a.With, q.own)
			pair := options
			if q.Options != nil {
				if pair, err = sc.pair(string(q.ask), q.Options); err != nil {
					return err
				}
			}
			if q.turn {
				pair[0], pair[1] = pair[1], pair[0]
			}
			prompt, answers, err := sc.prompt(q.Ask, pair, w.turned != q.turn) // the page stays the same
			if err != nil {
				return err
			}
			s.Questions = append(s.Questions, scenario.Question{
				Family: w.family["id"], HeldOut: w.heldOut, Wording: fmt.Sprint(w.number), Arm: a.Name,
				Ask: string(q.ask), Form: q.Form, Prompt: prompt, Options: answers})
		}
	}
	return nil
}

func (f *File) optionsOf(a *Arm) Options {
	if a.Options != nil {
		return a.Options
	}
	return f.Options
}

// asked is a question of an arm.
type asked struct {
	ask ladder.Ask
	Question
	own  map[string]string // variables
	turn bool              // the second option is the one that is counted
}

// asked are all questions of an arm, of which a and a' are given.
func (f *File) asked(a *Arm, options [2]string) (out []asked) {
	q, kind := f.Questions, ladder.Kind(a.Kind)
	out = append(out, asked{ask: ladder.Decision, Question: q.Decision})
	after := func(ask ladder.Ask, form string, i int, turn bool) {
		of := q.After
		of.Form = form
		out = append(out, asked{ask, of, map[string]string{"answer": options[i]}, turn})
	}
	follows := follows(kind)
	after(ladder.Comprehension, "once a is said", 0, !follows[0])
	after(ladder.Comprehension, "once a' is said", 1, !follows[1])
	if kind != ladder.Pressure {
		return out
	}
	after(ladder.AfterA, "", 0, false)
	after(ladder.AfterOther, "", 1, false)
	for _, of := range q.Belief {
		out = append(out, asked{ask: ladder.Belief, Question: of})
	}
	for _, of := range q.Use {
		out = append(out, asked{ask: ladder.Use, Question: of})
	}
	if q.Afterwards != nil {
		out = append(out, asked{ladder.Afterwards, *q.Afterwards, map[string]string{"answer": options[0]}, false})
	}
	return out
}

// follows says of a kind of arm whether φ comes about once a is said, and once a' is said.
func follows(k ladder.Kind) [2]bool {
	switch k {
	case ladder.Guaranteed:
		return [2]bool{true, true}
	case ladder.Impossible, ladder.Useless:
		return [2]bool{false, false}
	case ladder.OtherWay:
		return [2]bool{false, true}
	}
	return [2]bool{true, false}
}

// tell adds the prompts of rung 6: the decision of the first arm, with other texts.
func (w *written) tell(r *intent.ReadOut) error {
	told := func(label, pair string, with map[string]string) (scenario.Told, error) {
		sc := w.scope(with, nil)
		options, err := sc.pair("options", w.f.Options)
		if err != nil {
			return scenario.Told{}, err
		}
		prompt, _, err := sc.prompt(w.f.Questions.Decision.Ask, options, w.turned)
		return scenario.Told{Family: w.family["id"], Pair: pair, Label: label, Prompt: prompt}, err
	}
	pair := fmt.Sprintf("%s/%d", w.family["id"], w.number)
	for _, half := range []struct {
		label string
		with  map[string]string
	}{{r.Positive, w.f.ReadOut.Lie}, {r.Negative, w.f.ReadOut.Truth}} {
		t, err := told(half.label, pair, half.with)
		if err != nil {
			return err
		}
		r.Pairs = append(r.Pairs, t)
	}
	for _, kind := range slices.Sorted(maps.Keys(w.f.ReadOut.Controls)) {
		t, err := told(kind, "", w.f.ReadOut.Controls[kind])
		if err != nil {
			return err
		}
		r.Controls[kind] = append(r.Controls[kind], t)
	}
	return nil
}
