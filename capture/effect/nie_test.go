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
	require.Contains(t, n.Absent, "told apart")
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
