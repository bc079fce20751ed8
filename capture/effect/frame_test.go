package effect

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/effect/simulate"
	"intentprobe/capture/internal/expect"
	"intentprobe/storage/rundir"
)

// Of what is left out, the report says how much.
func TestWhatIsMissingIsToldAndLeftOut(t *testing.T) {
	samples := []rundir.Sample{
		scoredSample("none", "a", -1, -2), scoredSample("lie@1", "a", -2, -1), // flips away
		scoredSample("none", "b", -1, -2), // no partner
		scoredSample("lie@1", "c", -1, -2),
		scoredSample("none", "d", -1, -2), scoredSample("lie@1", "d", math.Inf(-1), -1), // not finite
		scoredSample("none", "e", -1, math.NaN()), scoredSample("lie@1", "e", -1, -2),
		scoredSample("none", "f", -1, -2), scoredSample("lie@1", "f"), // not scored
		scoredSample("none", "g", -2, -2), scoredSample("lie@1", "g", -1, -2), // from neither side
		{PromptID: "h", Meta: "{}"}, // of no arm
	}
	r := reportOf(t, two("up"), samples, Options{})
	a := r.Arms[0]
	require.Equal(t, 5, a.Pairs)
	require.Equal(t, 2, a.Missing)
	require.Equal(t, 2, a.NotFinite)
	require.Equal(t, 1, a.NoScores)
	require.Equal(t, 2, a.Change.Questions)
	require.InDelta(t, -0.5, a.Change.Mean, 1e-12) // -2 and 1
	require.Equal(t, 0, a.Flips.Towards)
	require.Equal(t, 1, a.Flips.Away)
	require.InDelta(t, 0.5, a.Backwards.Mean, 0)
	require.Len(t, r.Notes, 1)
	require.Len(t, r.Effects, 5)
	for _, m := range r.Measures() {
		require.True(t, finite(m.Mean), "%+v", m)
	}
}

func TestAnArmWithoutSamples(t *testing.T) {
	r := reportOf(t, two("up"), []rundir.Sample{scoredSample("none", "a", -1, -2)}, Options{})
	require.Zero(t, r.Arms[0].Pairs)
	require.Nil(t, r.Arms[0].Change)
	require.Equal(t, NotEnough, r.Arms[0].Verdict.Word)
	require.Contains(t, r.Notes[0], "lie@1")
	require.Empty(t, r.Curves)
}

// The first option is held against all others together.
func TestDIsAgainstTheSumOfTheOthers(t *testing.T) {
	s := scoresOf([]float64{math.Log(0.5), math.Log(0.2), math.Log(0.1)})
	require.InDelta(t, math.Log(0.5/0.3), s.d, 1e-12)
	require.InDelta(t, 0.8, s.mass, 1e-12)
	require.InDelta(t, 0.2, s.pd, 1e-12)
	require.True(t, math.IsNaN(scoresOf([]float64{-1}).d))
}

// Alternatives of a follow-up are its parent's.
func TestAlternativesOfAFollowup(t *testing.T) {
	var samples []rundir.Sample
	for i, d := range []float64{0, 1.5} {
		own := scoredSample([]string{"none", "lie@1"}[i], "a", -1, -2)
		asked := rundir.Sample{
			Arm: own.Arm, Question: own.Question, PromptID: own.PromptID, Followup: new("honest"), ParentSampleID: new(int64(2 * i)), Meta: "{}",
			Alternatives: []string{"Yes", "No: never"}, AlternativeLogprobs: []float64{-2 + d, -2},
		}
		samples = append(samples, own, asked)
	}
	_, err := findAlternatives(samples, "")
	require.Contains(t, expect.Refused(t, err, "honest, verdict"), "alternatives")
	r := reportOf(t, two(""), samples, Options{Alternatives: "honest"})
	require.Equal(t, []string{"Yes", "No: never"}, r.Options)
	require.InDelta(t, 1.5, r.Arms[0].Change.Mean, 1e-12)
	require.InDelta(t, 0, reportOf(t, two(""), samples, Options{Alternatives: "verdict"}).Arms[0].Change.Mean, 0)
}

// Without alternatives the rest is measured all the same.
func TestARunWithoutAlternatives(t *testing.T) {
	samples := []rundir.Sample{scoredSample("none", "a"), scoredSample("lie@1", "a")}
	samples[1].KL = new(0.25)
	r := reportOf(t, two("up"), samples, Options{})
	require.InDelta(t, 0.25, r.Arms[0].KL.Mean, 0)
	require.Nil(t, r.Arms[0].Change)
	require.Equal(t, NotEnough, r.Arms[0].Verdict.Word)
	_, err := ofSamples("run", two("up"), samples, Options{Alternatives: "verdict"})
	expect.Refused(t, err, "no alternatives are scored")
}

func TestPredictions(t *testing.T) {
	edit := func(do, predict string, scale float64) rundir.ArmEdit {
		return rundir.ArmEdit{Do: do, Predict: predict, Scale: &scale}
	}
	for i, c := range []struct {
		arm  rundir.Arm
		want float64
	}{
		{rundir.Arm{Edits: []rundir.ArmEdit{edit("add", "up", 2)}}, 1},
		{rundir.Arm{Edits: []rundir.ArmEdit{edit("add", "up", -2)}}, -1},
		{rundir.Arm{Edits: []rundir.ArmEdit{edit("scale", "down", 0.5)}}, 1},
		{rundir.Arm{Edits: []rundir.ArmEdit{{Do: "remove", Predict: "down"}}}, -1},
		{rundir.Arm{Edits: []rundir.ArmEdit{edit("add", "up", 1), {Do: "remove"}}}, 1},
		{rundir.Arm{Edits: []rundir.ArmEdit{edit("add", "up", 1), edit("add", "up", -1)}}, 0},
		{rundir.Arm{Predict: "down", Edits: []rundir.ArmEdit{edit("add", "up", 1)}}, -1},
		{rundir.Arm{}, 0},
	} {
		require.InDelta(t, c.want, prediction(c.arm), 0, "%d", i)
	}
}

// A run is read as it lies on disk, and written as files that lie beside it.
func TestOfReadsARun(t *testing.T) {
	arms, samples := simulate.Design{Questions: 12, Doses: []float64{1, -1}, Slope: 1, Predict: "up", Random: 2, Seed: 1}.Make()
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, simulate.Write(dir, arms, samples))
	got, err := Of(dir, Options{})
	require.NoError(t, err)
	want := reportOf(t, arms, samples, Options{})
	want.Run = dir
	require.Equal(t, want, got)
	_, err = Of(dir, Options{Level: 2})
	expect.Refused(t, err, "level")
	_, err = ofSamples("run", nil, samples, Options{})
	require.Contains(t, expect.Refused(t, err, "no arms"), "interventions")
}

// Neutral questions of what the model knows are no samples of none.
func TestKnowledgeTakesNoPart(t *testing.T) {
	known := scoredSample("none", "b", -1, -2)
	known.Stage = new("knowledge")
	r := reportOf(t, two("up"), []rundir.Sample{scoredSample("none", "a", -1, -2), scoredSample("lie@1", "a", -1, -2), known}, Options{})
	require.Equal(t, 1, r.Samples)
	require.Zero(t, r.Arms[0].Missing)
}

// A control of another kind than the opposite has no prediction; flips are counted towards
// its arm's side.
func TestDirectionsOfControls(t *testing.T) {
	arms := two("down")
	for _, kind := range []string{"opposite", "random"} {
		arms = append(arms, rundir.Arm{Name: "lie@1/" + kind, Kind: kind, Of: "lie@1", Edits: arms[1].Edits})
	}
	for name, want := range map[string][2]float64{"lie@1": {-1, -1}, "lie@1/opposite": {1, -1}, "lie@1/random": {0, -1}} {
		i := slices.IndexFunc(arms, func(a rundir.Arm) bool { return a.Name == name })
		predicted, towards := directions(arms, arms[i])
		require.Equal(t, want, [2]float64{predicted, towards}, name)
	}
	predicted, towards := directions(arms, rundir.Arm{Name: "prompt", Kind: "prompt"})
	require.Equal(t, [2]float64{0, 1}, [2]float64{predicted, towards})
}
