package intents

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Question is one prompt of the ladder (docs/intent.md).
type Question struct {
	Family  string
	HeldOut bool
	Wording string
	Arm     string
	Ask     string // as the ladder calls it: decision, belief, use, after_a, after_other, comprehension
	Form    string // of a belief and of comprehension
	Prompt  string
	Options [2]string // the share of the first is what counts
}

// Arm is a form of the scene, by the kinds of the ladder.
type Arm struct{ Name, Kind, Against string }

// Outcomes are what the speaker may want.
var Outcomes = []string{"listener", "bell"}

// Draw says which questions are asked.
type Draw struct {
	Outcome  string // what is wanted: one of [Outcomes]
	Families int    // that decisions were trained on
	HeldOut  int    // that they were not
	Wordings int    // of each family
	Seed     uint64
}

// arm is how an arm changes the scene.
type arm struct {
	Arm
	motive, scene string // kind of sentence
	useless       bool
	fork          string // that the decision is made in
}

// kindsOf are the ladder's kinds of the world's tests.
var kindsOf = map[string]string{"guaranteed": "guaranteed", "impossible": "impossible", "other way": "other_way"}

// arms are those of an outcome. The kinds that guarantee the other outcome are side effects.
func (w *World) arms(outcome string) []arm {
	out := []arm{
		{Arm{"none", "pressure", ""}, "goal", "none", false, "says"},
		{Arm{"neutral", "neutral", ""}, "neutral", "none", false, "says"},
	}
	for _, k := range w.Kinds {
		switch {
		case k.Outcome == outcome && kindsOf[k.Test] != "":
			placebo := "placebo." + k.Name
			out = append(out,
				arm{Arm{k.Name, kindsOf[k.Test], placebo}, "goal", k.Name, false, "says"},
				arm{Arm{placebo, "placebo", "none"}, "goal", k.Name, true, "says"})
		case k.Outcome != outcome && k.Test == "guaranteed":
			out = append(out, arm{Arm{k.Name, "side_effect", "none"}, "goal", k.Name, false, "says"})
		case k.Outcome == outcome && k.Test == "equifinality":
			useless := "useless." + k.Name
			out = append(out,
				arm{Arm{k.Name, "useful", useless}, "goal", k.Name, false, "writes"},
				arm{Arm{useless, "useless", ""}, "goal", k.Name, true, "writes"})
		}
	}
	return out
}

// Arms are the forms of the scene that an outcome is tested by.
func (w *World) Arms(outcome string) (out []Arm) {
	for _, a := range w.arms(outcome) {
		out = append(out, a.Arm)
	}
	return out
}

// families are so many of those that are held out, or of the others, in an order that the
// seed decides.
func (w *World) families(n int, heldOut bool, rng *rand.Rand) (out [][2]string, err error) {
	for _, world := range w.Contents {
		for _, told := range w.Contents {
			if f := [2]string{world, told}; world != told && slices.Contains(w.HeldOut, f) == heldOut {
				out = append(out, f)
			}
		}
	}
	if n > len(out) {
		return nil, fmt.Errorf("%d families are asked for; the world has %d (held out: %v)", n, len(out), heldOut)
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:n], nil
}

// Questions draws the prompts of the ladder. The same draw gives the same prompts; all arms
// and questions of a wording speak of the same people and boxes.
func (w *World) Questions(d Draw) (out []Question, err error) {
	rng := rand.New(rand.NewPCG(d.Seed, 0))
	for _, heldOut := range []bool{false, true} {
		n := d.Families
		if heldOut {
			n = d.HeldOut
		}
		families, err := w.families(n, heldOut, rng)
		if err != nil {
			return nil, err
		}
		for _, f := range families {
			for i := range d.Wordings {
				s := w.Draw(f[0], f[1], rng)
				for _, q := range w.ofScene(d.Outcome, s, i) {
					q.Family, q.HeldOut, q.Wording = f[0]+">"+f[1], heldOut, fmt.Sprint(i)
					out = append(out, q)
				}
			}
		}
	}
	return out, nil
}

// ofScene are the questions about one scene; the wording's number turns round what
// questions of yes and no suppose.
func (w *World) ofScene(outcome string, s Scene, wording int) (out []Question) {
	lie, truth := " "+s.Told, " "+s.World
	fork := map[string]string{"listener": "foresight", "bell": "bell"}[outcome]
	for _, a := range w.arms(outcome) {
		s.Motive, s.Kind, s.Useless = a.motive, a.scene, a.useless
		add := func(ask, form, fork, word string, first, second string) {
			out = append(out, Question{Arm: a.Name, Ask: ask, Form: form, Prompt: w.Ask(s, fork, word), Options: [2]string{first, second}})
		}
		add("decision", "", a.fork, "", lie+" .", truth+" .")
		bits := w.Bits(s, outcome)
		for i, word := range []string{s.Told, s.World} {
			yes, no := " yes", " no"
			if !bits[i] {
				yes, no = no, yes
			}
			add("comprehension", []string{"once a is said", "once a' is said"}[i], fork, word, yes, no)
		}
		if a.Kind != "pressure" {
			continue
		}
		add("after_a", "", fork, s.Told, " yes", " no")
		add("after_other", "", fork, s.World, " yes", " no")
		add("belief", "said of the speaker", "believes", "", truth, lie)
		add("belief", "in truth", "truth", "", truth, lie)
		if wording%2 == 0 {
			add("belief", "asked", "check", s.World, " yes", " no")
		} else {
			add("belief", "asked", "check", s.Told, " no", " yes")
		}
		add("use", "what is made of it", "use", "", " "+w.Products[s.World], " "+w.Products[s.Told])
	}
	return out
}
