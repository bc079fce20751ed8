package ladder

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent/bound"
)

func TestStudiesThatDoNotFit(t *testing.T) {
	ok := Answer{Family: "f", Arm: "none", Ask: Decision, Q: 0.5, Mass: 1}
	change := func(with func(*Answer)) Answer {
		a := ok
		with(&a)
		return a
	}
	_, err := NewStudy(arms(), []Answer{ok})
	require.NoError(t, err)
	for says, answers := range map[string][]Answer{
		"the arm is not declared":   {change(func(a *Answer) { a.Arm = "x" })},
		"what is asked is not":      {change(func(a *Answer) { a.Ask = "x" })},
		"the share is NaN":          {change(func(a *Answer) { a.Q = math.NaN() })},
		"the mass is 1.5":           {change(func(a *Answer) { a.Mass = 1.5 })},
		"is held out, and it is no": {ok, change(func(a *Answer) { a.HeldOut = true })},
	} {
		_, err := NewStudy(arms(), answers)
		require.ErrorContains(t, err, says)
	}
	for says, of := range map[string][]Arm{
		"is declared twice":                 {{"a", Neutral, ""}, {"a", Neutral, ""}},
		`kind "odd" is not known`:           {{"a", "odd", ""}},
		"it must be an arm of kind placebo": {{"none", Pressure, ""}, {"a", Guaranteed, "none"}},
		"it must be an arm of kind none":    {{"none", Pressure, ""}, {"a", Neutral, "none"}},
	} {
		_, err := NewStudy(of, nil)
		require.ErrorContains(t, err, says)
	}
}

// What rises and falls with what was run, rung by rung.
func TestTheVerdictRisesNoHigherThanWhatWasRun(t *testing.T) {
	intends := agents()["sharp intender"].agent
	study := func(families int) *Study { return intends.study(t, rand.New(rand.NewPCG(5, 6)), families, 20, 2) }
	word := func(s *Study, m Mechanism, c Control) Word { return Climb(s, m, c).Verdict.Word }
	full := study(40)
	assert.Equal(t, MechanisticIntent, word(full, works(), passed))
	assert.Equal(t, Undetermined, word(full, works(), Control{Outcome: NotRun, Note: "x"}))
	assert.Equal(t, Undetermined, word(full, works(), Control{Outcome: Refuted, Note: "reflex: intent"}))
	assert.Equal(t, BehaviouralIntent, word(full, Mechanism{}, passed))
	assert.Equal(t, Undetermined, word(study(19), works(), passed))

	without := works()
	without.SwapsOnHeld = nil
	assert.Equal(t, BehaviouralIntent, word(full, without, passed))
	few := works()
	few.ReadOut = &ReadOut{Base: "x", Difference: Range{0.4, 0.3, 0.5}, Groups: 60, Alarms: []Alarm{{"sarcasm", bound.Share{Of: 100}}}}
	l := Climb(full, few, passed)
	assert.Equal(t, BehaviouralIntent, l.Verdict.Word)
	assert.Contains(t, l.Verdict.Change[0], "300 controls would do")
	random := works()
	swaps := *random.Swaps
	swaps.Random = bound.Share{Hits: 200, Of: 300}
	random.Swaps = &swaps
	assert.Equal(t, BehaviouralIntent, word(full, random, passed), "a map that works in random weights, too, shows nothing")
}

// An arm that is not declared, or has one form of two, is missing by name.
func TestWhatIsMissingIsNamed(t *testing.T) {
	intends := agents()["sharp intender"].agent
	s := intends.study(t, rand.New(rand.NewPCG(7, 8)), 40, 20, 1)
	s.Arms = slices.DeleteFunc(s.Arms, func(a Arm) bool { return a.Name == "guaranteed.2" || a.Name == "useful" })
	l := Climb(s, works(), passed)
	assert.Equal(t, KnowingFalsehood, l.Verdict.Word)
	assert.Equal(t, NotRun, l.rung(4).Outcome)
	assert.Equal(t, NotRun, l.rung(5).Outcome)
	assert.Contains(t, l.Verdict.Change[0], "1 arms of kind guaranteed, 2 are needed")

	none, err := NewStudy([]Arm{{"none", Pressure, ""}}, []Answer{{Family: "f", Arm: "none", Ask: Decision, Q: 1, Mass: 1}})
	require.NoError(t, err)
	l = Climb(none, Mechanism{}, passed)
	assert.Equal(t, Undetermined, l.Verdict.Word)
	for _, r := range l.Rungs[2:] {
		assert.Equal(t, NotRun, r.Outcome, r.Name)
	}
}

func TestClaimsOnBothSides(t *testing.T) {
	mean := func(x ...float64) bound.Mean {
		m, err := bound.OfContrasts(x)
		require.NoError(t, err)
		return m
	}
	wide := mean(-0.5, 0.7, 0.1, -0.3, 0.4, 0.2)
	assert.Equal(t, NoPower, above("", wide, 0.1).Outcome)
	assert.Equal(t, NoPower, below("", wide, 0.1).Outcome)
	assert.Equal(t, NoPower, within("", wide, 0.1).Outcome)
	high := mean(slices.Repeat([]float64{0.8, 0.9, 0.7}, 20)...)
	assert.Equal(t, Pass, above("", high, 0.1).Outcome)
	assert.Equal(t, Refuted, below("", high, 0.1).Outcome)
	assert.Equal(t, Refuted, within("", high, 0.1).Outcome)
	assert.Equal(t, Refuted, within("", high.Negated(), 0.1).Outcome)
	none := mean(slices.Repeat([]float64{0.01, 0, -0.02}, 20)...)
	assert.Equal(t, Refuted, above("", none, 0.1).Outcome)
	assert.Equal(t, Pass, below("", none, 0.1).Outcome)
	assert.Equal(t, Pass, within("", none, 0.1).Outcome)
	b := below("", high, 0.95)
	assert.InDelta(t, 0.8, b.Value, 1e-12)
	assert.Less(t, b.Lower, b.Value)
	assert.Greater(t, b.Upper, b.Value)
	assert.Equal(t, NotRun, All(nil))
}
