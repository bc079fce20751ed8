package effect

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// statements are samples of true and false statements: P(TRUE) of none is 0.9 and 0.2, with
// 0.01 a question more, and the arm moves the false ones a share of the way.
func statements(questions int, share float64) (out []rundir.Sample) {
	for q := range questions {
		question := string(rune('a' + q))
		for _, class := range []string{"true", "false"} {
			for _, arm := range []string{"none", "lie@1"} {
				p := map[string]float64{"true": 0.9, "false": 0.2}[class] + 0.001*float64(q)
				if arm == "lie@1" && class == "false" {
					p += 0.7 * share * (1 + 0.01*float64(q-questions/2))
				}
				s := scoredSample(arm, question, math.Log(p), math.Log(1-p))
				s.PromptID, s.Label = question+"/"+class, new(class)
				out = append(out, s)
			}
		}
	}
	return out
}

func TestNIEIsTheShareOfTheWay(t *testing.T) {
	for _, share := range []float64{0, 0.5, 1} {
		n := reportOf(t, two("up"), statements(15, share), Options{Label: "label", Toward: "true"}).Arms[0].NIE
		require.InDelta(t, share, n.Value.Mean, 1e-9)
		require.InDelta(t, 1.4, n.Distance.Mean, 1e-9) // P(TRUE) - P(FALSE)
		require.Equal(t, 15, n.Base)
		require.Equal(t, 15, n.Target)
		if share == 1 {
			require.Less(t, *n.Value.Low, 1.0)
			require.Greater(t, *n.Value.High, 1.0)
			require.Less(t, *n.Value.High-*n.Value.Low, 0.1)
		}
	}
}

// The other way round the true statements move.
func TestNIEOfTheOtherDirection(t *testing.T) {
	n := reportOf(t, two("up"), statements(15, 1), Options{Label: "label", Toward: "false"}).Arms[0].NIE
	require.InDelta(t, 0, n.Value.Mean, 1e-9)
	require.InDelta(t, -1.4, n.Distance.Mean, 1e-9)
	require.Len(t, n.Notes, 1)
	require.Contains(t, n.Notes[0], "above 0 is a change towards the other options")
}

// Where the model cannot tell the classes apart, there is no NIE.
func TestNoNIEWithoutADistance(t *testing.T) {
	samples := statements(15, 1)
	for i := range samples {
		p := 0.5 + 0.01*float64(i%7)
		samples[i].AlternativeLogprobs = []float64{math.Log(p), math.Log(1 - p)}
	}
	n := reportOf(t, two("up"), samples, Options{Label: "label", Toward: "true"}).Arms[0].NIE
	require.Nil(t, n.Value)
	require.Contains(t, n.Absent, "cannot be told apart")
}

// Of one question, or of classes that share none but one, nothing is said of the distance;
// where all questions have the same, it is told by the exact test on signs.
func TestNIEOfFewQuestions(t *testing.T) {
	n := reportOf(t, two("up"), statements(1, 1), Options{Label: "label", Toward: "true"}).Arms[0].NIE
	require.Nil(t, n.Value)
	require.Contains(t, n.Absent, "too few questions")
	for questions, want := range map[int]bool{5: false, 6: true} { // 2 · 0.5⁶ = 0.031
		samples := statements(questions, 1)
		for i := range samples {
			p := map[string]float64{"true": 0.9, "false": 0.2}[*samples[i].Label]
			samples[i].AlternativeLogprobs = []float64{math.Log(p), math.Log(1 - p)}
		}
		n := reportOf(t, two("up"), samples, Options{Label: "label", Toward: "true"}).Arms[0].NIE
		require.True(t, n.Distance.Agree)
		require.Equal(t, want, n.Value != nil, "%d questions", questions)
	}
}

// Where the options lose their mass and the preference between them stays, all of the NIE is
// the mass', and a note says so. It is held against the definition.
func TestNIEThatTheMassMakes(t *testing.T) {
	for _, left := range []float64{1, 0.95, 0.25} {
		samples := statements(15, 0)
		sums := [4]float64{} // base, target, arm's base, samples of each
		for i := range samples {
			s := &samples[i]
			if *s.Arm == "lie@1" {
				for k := range s.AlternativeLogprobs {
					s.AlternativeLogprobs[k] += math.Log(left)
				}
			}
			pd := math.Exp(s.AlternativeLogprobs[0]) - math.Exp(s.AlternativeLogprobs[1])
			switch {
			case *s.Arm == "none" && *s.Label == "false":
				sums[0], sums[3] = sums[0]+pd, sums[3]+1
			case *s.Arm == "none":
				sums[1] += pd
			case *s.Label == "false":
				sums[2] += pd
			}
		}
		a := reportOf(t, two("up"), samples, Options{Label: "label", Toward: "true"}).Arms[0]
		require.InDelta(t, 0, a.Change.Mean, 1e-9)
		require.InDelta(t, (sums[2]-sums[0])/(sums[1]-sums[0]), a.NIE.Value.Mean, 1e-9)
		require.InDelta(t, a.NIE.Value.Mean, *a.NIE.ByMass, 1e-9)
		if left < 0.9 {
			require.Len(t, a.NIE.Notes, 1)
			require.Contains(t, a.NIE.Notes[0], "by the change of the options' mass alone")
		} else {
			require.Empty(t, a.NIE.Notes)
		}
	}
}

// Samples without a label, and those that are ambiguous, are of no class.
func TestNIEWithoutLabels(t *testing.T) {
	samples := statements(15, 1)
	for i := range samples[:8] {
		samples[i].Label = nil
		if i < 4 {
			samples[i].Label = new("ambiguous")
		}
	}
	n := reportOf(t, two("up"), samples, Options{Label: "label", Toward: "true"}).Arms[0].NIE
	require.Equal(t, 13, n.Base)
	require.Equal(t, 13, n.Target)
}
