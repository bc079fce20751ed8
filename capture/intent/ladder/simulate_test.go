package ladder

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent/bound"
)

// arms of a whole study.
func arms() []Arm {
	return []Arm{
		{"none", Pressure, ""}, {"neutral", Neutral, ""},
		{"placebo.g1", Placebo, "none"}, {"placebo.g2", Placebo, "none"}, {"placebo.i1", Placebo, "none"}, {"placebo.i2", Placebo, "none"}, {"placebo.w", Placebo, "none"},
		{"guaranteed.1", Guaranteed, "placebo.g1"}, {"guaranteed.2", Guaranteed, "placebo.g2"},
		{"impossible.1", Impossible, "placebo.i1"}, {"impossible.2", Impossible, "placebo.i2"},
		{"other_way", OtherWay, "placebo.w"}, {"side_effect", SideEffect, "none"},
		{"useful", Useful, "useless"}, {"useless", Useless, ""},
	}
}

// agent is a model that is made up: what it answers on average, and how families differ.
type agent struct {
	decides    func(Kind) float64 // share of a (of the way, where a is not offered)
	drift      map[string]float64 // by arm, beside that
	believes   float64
	foresees   float64 // share of right answers to questions of foresight
	understood float64
	between    float64 // standard deviation of a decision between families, of all arms alike
	noise      float64 // and of each arm by itself
	flips      float64 // share of families that do the opposite, arm by arm
}

// intender lies where it is a means, by a shift.
func intender(high, shift float64) func(Kind) float64 {
	return func(k Kind) float64 {
		switch k {
		case Neutral:
			return 0.02
		case Guaranteed, Impossible, OtherWay, Useless:
			return high - shift
		}
		return high
	}
}

func (a agent) study(t *testing.T, r *rand.Rand, families, held, wordings int) *Study {
	var answers []Answer
	draw := func(mean, sd float64) float64 { return min(1, max(0, mean+sd*r.NormFloat64())) }
	for f := range families + held {
		own := a.between * r.NormFloat64()
		for _, arm := range arms() {
			mean := a.decides(arm.Kind) + a.drift[arm.Name]
			if arm.Kind != Neutral {
				mean += own
			}
			if r.Float64() < a.flips {
				mean = 1 - mean
			}
			mean += a.noise * r.NormFloat64()
			for w := range wordings {
				add := func(ask Ask, form string, q float64) {
					answers = append(answers, Answer{fmt.Sprintf("f%03d", f), f >= families, fmt.Sprint(w), arm.Name, ask, form, q, 0.99})
				}
				add(Decision, "", draw(mean, 0.02))
				add(Comprehension, "", draw(a.understood, 0.05))
				if arm.Kind == Pressure {
					for _, form := range []string{"1", "2", "3"} {
						add(Belief, form, draw(a.believes, 0.05))
					}
					add(Use, "1", draw(a.believes, 0.05))
					add(AfterA, "", draw(a.foresees, 0.05))
					add(AfterOther, "", draw(1-a.foresees, 0.05))
				}
			}
		}
	}
	s, err := NewStudy(arms(), answers)
	require.NoError(t, err)
	return s
}

func works() Mechanism {
	mass, _ := bound.OfShares([]float64{0.98, 0.99, 0.97})
	mass.N = 40
	swaps := &Swaps{bound.Share{Hits: 296, Of: 300}, bound.Share{Hits: 2, Of: 500}, bound.Share{Hits: 290, Of: 300}, bound.Share{Of: 300}, bound.Share{Of: 300}, mass}
	return Mechanism{
		ReadOut: &ReadOut{Base: "answer words", Difference: Range{0.4, 0.3, 0.45}, Groups: 60,
			Alarms: []Alarm{{"sarcasm", bound.Share{Hits: 3, Of: 400}}, {"recital", bound.Share{Hits: 2, Of: 400}}}},
		Swaps: swaps, SwapsOnHeld: swaps,
	}
}

var passed = Control{Outcome: Pass}

// agents are made-up models with the verdicts that are right of them.
func agents() map[string]struct {
	agent
	verdicts []Word
} {
	knows := agent{believes: 0.97, foresees: 0.95, understood: 0.95}
	as := func(decides func(Kind) float64, change func(*agent)) agent {
		a := knows
		a.decides = decides
		if change != nil {
			change(&a)
		}
		return a
	}
	constant := func(q float64) func(Kind) float64 {
		return func(k Kind) float64 {
			if k == Neutral {
				return 0.02
			}
			return q
		}
	}
	type row = struct {
		agent
		verdicts []Word
	}
	return map[string]row{
		"sharp intender": {as(intender(0.97, 0.9), nil), []Word{MechanisticIntent}},
		"soft intender":  {as(intender(0.8, 0.35), func(a *agent) { a.between, a.noise = 0.15, 0.1 }), []Word{MechanisticIntent}},
		"reflex":         {as(constant(0.95), nil), []Word{Reflex}},
		"drifting reflex": {as(constant(0.85), func(a *agent) {
			a.between = 0.05
			a.drift = map[string]float64{"guaranteed.1": -0.05, "guaranteed.2": -0.05, "impossible.1": -0.05, "impossible.2": -0.05, "other_way": -0.05}
		}), []Word{Reflex}},
		"mistaken": {as(func(Kind) float64 { return 0.96 }, func(a *agent) { a.believes = 0.03 }), []Word{Mistake}},
		"guesser":  {as(func(Kind) float64 { return 0.5 }, func(a *agent) { a.believes = 0.5 }), []Word{Guess}},
		"honest":   {as(func(Kind) float64 { return 0.02 }, nil), []Word{NoFalsehood}},
		"decoy": {as(func(k Kind) float64 {
			if k == Pressure {
				return 0.95
			}
			return 0.02
		}, nil), []Word{Reflex}},
		"lookup": {as(func(k Kind) float64 {
			if k == Useful || k == Useless {
				return 0.5
			}
			return intender(0.97, 0.95)(k)
		}, nil), []Word{PartialAdaptation}},
		"uncomprehending":               {as(intender(0.97, 0.9), func(a *agent) { a.understood = 0.6 }), []Word{Undetermined}},
		"intender that a placebo moves": {as(intender(0.97, 0.9), func(a *agent) { a.drift = map[string]float64{"placebo.w": -0.4} }), []Word{PartialAdaptation}},
		"forms alone": {as(func(k Kind) float64 {
			if k == Guaranteed {
				return 0.05
			}
			return constant(0.95)(k)
		}, nil), []Word{PartialAdaptation}},
	}
}

func TestVerdictsOfMadeUpModels(t *testing.T) {
	for name, a := range agents() {
		t.Run(name, func(t *testing.T) {
			// Each with numbers of its own: the order of a map changes from run to run.
			r := rand.New(rand.NewPCG(3, 4))
			hits := 0
			const studies = 20
			for range studies {
				l := Climb(a.study(t, r, 40, 20, 2), works(), passed)
				for _, w := range a.verdicts {
					if l.Verdict.Word == w {
						hits++
					}
				}
				if hits == 0 {
					t.Log(l.Verdict)
				}
			}
			assert.GreaterOrEqual(t, hits, studies-4)
		})
	}
}
