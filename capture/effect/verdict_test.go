package effect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/effect/simulate"
	"intentprobe/storage/rundir"
)

// Every word has a run that gets it.
func TestWords(t *testing.T) {
	good := simulate.Design{Questions: 30, Doses: []float64{2}, Slope: 1, Predict: "up", SDQuestion: 0.5, SDSample: 0.5, ControlSD: 0.2, Seed: 5}
	with := func(change func(*simulate.Design)) simulate.Design {
		d := good
		change(&d)
		return d
	}
	controls := func(d *simulate.Design) { d.Random, d.Covariance, d.Opposite, d.Unrelated = 19, 19, true, 0.1 }
	for name, c := range map[string]struct {
		design    simulate.Design
		word      string
		questions int // needed
		controls  int
	}{
		"beyond controls":                        {with(controls), BeyondControls, 0, 0},
		"no controls":                            {good, NoControls, 0, 0},
		"random does as much":                    {with(func(d *simulate.Design) { controls(d); d.ControlSD = 3 }), NoMoreRandom, 0, 0},
		"covariance alone, as much":              {with(func(d *simulate.Design) { d.Covariance, d.ControlSD = 19, 3 }), NoMoreRandom, 0, 0},
		"the unrelated does as much":             {with(func(d *simulate.Design) { controls(d); d.Unrelated = 2 }), NoMoreControls, 0, 0},
		"the opposite does the same":             {with(func(d *simulate.Design) { controls(d); d.Slope, d.Bend = 0, 0.5 }), NoMoreControls, 0, 0},
		"words do more":                          {with(func(d *simulate.Design) { controls(d); d.Prompt = 5 }), BeyondControls, 0, 0},
		"words alone beside it":                  {with(func(d *simulate.Design) { d.Prompt = 5 }), NoControls, 0, 0},
		"the other way":                          {with(func(d *simulate.Design) { controls(d); d.Slope = -1 }), Opposed + ", beyond controls", 0, 0},
		"the other way, as random":               {with(func(d *simulate.Design) { controls(d); d.Slope, d.ControlSD = -1, 3 }), Opposed + ", " + NoMoreRandom, 0, 0},
		"the other way, as unrelated":            {with(func(d *simulate.Design) { controls(d); d.Slope, d.Unrelated = -1, -2 }), Opposed + ", " + NoMoreControls, 0, 0},
		"the other way, few random":              {with(func(d *simulate.Design) { d.Slope, d.Random = -1, 5 }), Opposed + ", too few controls", 0, 19},
		"too small to count":                     {with(func(d *simulate.Design) { controls(d); d.Slope, d.SDQuestion, d.SDSample = 0.15, 0.1, 0.1 }), TooSmall, 0, 0},
		"predicted the other way":                {with(func(d *simulate.Design) { d.Predict = "down" }), Opposed + ", no controls", 0, 0},
		"down, at a negative dose":               {with(func(d *simulate.Design) { d.Doses = []float64{-2} }), NoControls, 0, 0},
		"nothing predicted":                      {with(func(d *simulate.Design) { d.Predict = "" }), Unpredicted + ", no controls", 0, 0},
		"nothing predicted, random does as much": {with(func(d *simulate.Design) { controls(d); d.Predict, d.ControlSD = "", 3 }), Unpredicted + ", " + NoMoreRandom, 0, 0},
		"mass lost":                              {with(func(d *simulate.Design) { controls(d); d.MassLeft = 0.4 }), Damages, 0, 0},
		"little mass lost":                       {with(func(d *simulate.Design) { controls(d); d.MassLeft = 0.6 }), BeyondControls, 0, 0},
		"few questions":                          {with(func(d *simulate.Design) { controls(d); d.Questions = 9 }), NotEnough, 10, 0},
		"one question":                           {with(func(d *simulate.Design) { d.Questions = 1 }), NotEnough, 10, 0},
		"few random directions":                  {with(func(d *simulate.Design) { controls(d); d.Random = 18 }), NotEnough, 0, 19},
		"a wide interval":                        {with(func(d *simulate.Design) { d.Slope, d.SDQuestion = 0, 4 }), NotEnough, 200, 0},
		"a narrow interval":                      {with(func(d *simulate.Design) { d.Slope = 0 }), NoEffect, 0, 0},
		"nothing at all":                         {with(func(d *simulate.Design) { d.Slope, d.SDQuestion, d.SDSample = 0, 0, 0 }), NoEffect, 0, 0},
		"the same in all":                        {with(func(d *simulate.Design) { d.SDQuestion, d.SDSample = 0, 0 }), NoControls, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := armNamed(t, analyse(t, c.design), analyseName(c.design)).Verdict
			require.Equal(t, c.word, v.Word, "%+v", v)
			require.NotEmpty(t, v.Why)
			require.Equal(t, c.controls, v.NeedControls)
			if c.questions == 200 {
				require.Greater(t, v.NeedQuestions, 150)
			} else {
				require.Equal(t, c.questions, v.NeedQuestions)
			}
		})
	}
}

func analyseName(d simulate.Design) string {
	arms, _ := d.Make()
	return arms[1].Name
}

// To ask in words is compared with every arm, and judged in none.
func TestTheArmThatAsksInWords(t *testing.T) {
	r := analyse(t, simulate.Design{Questions: 30, Doses: []float64{2, 1}, Slope: 1, Predict: "up", SDQuestion: 0.1, Prompt: 5, Seed: 5})
	require.Nil(t, armNamed(t, r, "prompt").Verdict)
	for name, want := range map[string]float64{"lie@2": -3, "lie@1": -4} {
		controls := armNamed(t, r, name).Controls
		require.Len(t, controls, 1)
		require.InDelta(t, want, controls[0].Difference.Mean, 0.2)
		require.False(t, controls[0].Beyond)
	}
}

// What the words need is enough: with as many questions of the same mean and spread as were
// asked for there is a word, and with one fewer there is none.
func TestTheQuestionsThatWereAskedForDo(t *testing.T) {
	r := &Report{Level: 0.95, Limits: (&Options{Level: 0.95, Margin: 0.5}).limits(), Tested: 3}
	for _, c := range []struct{ mean, sd float64 }{{0.01, 4}, {-0.3, 2}, {0.45, 1}, {0.6, 3}, {-2, 5}, {0.5, 0.7}} {
		word := func(n int) *Verdict {
			e := &Estimate{Mean: c.mean, SD: &c.sd, Questions: n, DF: n - 1}
			e.interval(c.sd/math.Sqrt(float64(n)), r.Level)
			return r.unshown(e, min(1, 3**e.P))
		}
		need := word(10).NeedQuestions
		require.Greater(t, need, 10, "%+v", c)
		require.Equal(t, NotEnough, word(need-1).Word, "%+v", c)
		if v := word(need); v != nil {
			require.NotEqual(t, NotEnough, v.Word, "%+v", c)
		}
	}
	require.Equal(t, int(1e9), r.needed(&Estimate{Mean: 0.1, SD: new(1e300)}))
	require.Equal(t, 10, r.needed(&Estimate{Mean: 7}), "of one question nothing is known")
}

// An arm without controls says which dose of its intervention has some.
func TestTheDoseThatHasControls(t *testing.T) {
	r := analyse(t, simulate.Design{Questions: 30, Doses: []float64{2, -2}, Slope: 1, Predict: "up", SDQuestion: 0.2, Random: 19, ControlSD: 0.1, Seed: 5})
	require.Equal(t, BeyondControls, armNamed(t, r, "lie@2").Verdict.Word)
	v := armNamed(t, r, "lie@-2").Verdict
	require.Equal(t, NoControls, v.Word)
	require.Contains(t, v.Why, "it has no controls (lie@2 has some)")
}

// The perplexity of a text is a rule of its own.
func TestPerplexityOfAText(t *testing.T) {
	arms, samples := simulate.Design{Questions: 20, Doses: []float64{2}, Slope: 1, Predict: "up", SDQuestion: 0.3, Seed: 5}.Make()
	for q := range 12 {
		question := string(rune('A' + q))
		for i, nats := range []float64{2, 2.5 + 0.01*float64(q)} {
			samples = append(samples, rundir.Sample{
				Arm: &arms[i].Name, Question: &question, PromptID: question, Group: new("wiki"), FinishReason: "given", Meta: "{}",
				Logprob: new(-10 * nats), ResponseTokens: 10,
			})
		}
	}
	a := armNamed(t, reportOf(t, arms, samples, Options{Text: "wiki"}), "lie@2")
	require.Equal(t, 20, a.Pairs, "the text is no sample of the effect")
	require.InDelta(t, 0.555, a.Text.Nats.Mean, 1e-12)
	require.InDelta(t, 1.7419, a.Text.Ratio, 1e-4)
	require.InDelta(t, 12.87, a.Text.Perplexity, 1e-2)
	require.Equal(t, Damages, a.Verdict.Word)
	require.Contains(t, a.Verdict.Why, "perplexity")
	require.Equal(t, NoControls, armNamed(t, reportOf(t, arms, samples, Options{}), "lie@2").Verdict.Word)
}

// A mass that fell in one question alone is no damage: the fall must be significant.
func TestAMassThatFellInOneQuestion(t *testing.T) {
	var samples []rundir.Sample
	for q := range 12 {
		question, none, arm := string(rune('a'+q)), 0.01, 0.01
		if q == 0 {
			none, arm = 0.9, 0.001
		}
		samples = append(samples, scoredSample("none", question, math.Log(none*0.5), math.Log(none*0.5)),
			scoredSample("lie@1", question, math.Log(arm*0.8), math.Log(arm*0.2)))
	}
	a := reportOf(t, two("up"), samples, Options{}).Arms[0]
	require.Less(t, *a.Mass, 0.2**a.MassNone)
	require.Contains(t, reportOf(t, two("up"), samples, Options{}).Notes[0], "mass of 0.084")
	require.Equal(t, NoControls, a.Verdict.Word)
}

func TestAnIntervalMustLieWithinTheMarginOnBothSides(t *testing.T) {
	r := &Report{Level: 0.95, Limits: (&Options{Level: 0.95, Margin: 0.5}).limits()}
	for _, c := range []struct {
		low, high float64
		word      string
	}{{-0.4, 0.4, NoEffect}, {-1, 0.4, NotEnough}, {-0.4, 1, NotEnough}, {-1, 1, NotEnough}} {
		e := &Estimate{Mean: (c.low + c.high) / 2, Low: &c.low, High: &c.high, SD: new(1.0), Questions: 20}
		require.Equal(t, c.word, r.unshown(e, 0.3).Word, "%+v", c)
	}
	low, high := 0.1, 0.4
	e := &Estimate{Mean: 0.25, Low: &low, High: &high, SD: new(1.0), Questions: 20}
	require.Equal(t, TooSmall, r.unshown(e, 1e-9).Word)
	require.Contains(t, r.unshown(e, 1e-9).Why, "below the margin of 0.5 nats")
	high = 0.6
	require.Nil(t, r.unshown(e, 1e-9))
	require.Equal(t, TooSmall, r.unshown(&Estimate{Mean: 0.4, Agree: true}, 1e-9).Word)
	require.Nil(t, r.unshown(&Estimate{Mean: -0.6, Agree: true}, 1e-9))
}

// Where all questions agree, the exact test asks for so many that it passes Holm's
// correction too.
func TestQuestionsThatAgree(t *testing.T) {
	r := &Report{Level: 0.95, Limits: (&Options{Level: 0.95, Margin: 0.5}).limits(), Tested: 1000}
	n := r.needed(&Estimate{Mean: 1, Agree: true})
	require.Equal(t, 16, n)
	require.LessOrEqual(t, 1000*2*math.Pow(0.5, float64(n)), 0.05)
	require.Greater(t, 1000*2*math.Pow(0.5, float64(n-1)), 0.05)
}
