package facts

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent/rates"
	"intentprobe/capture/spec"
	"intentprobe/storage/rundir"
)

func TestSays(t *testing.T) {
	f := All()[0] // Paris, Rome, Tokyo
	for response, want := range map[string]int{
		"Paris":                         0,
		" The capital is rome.":         1,
		"Tokyo, of course: Tokyo":       2,
		"unsure":                        saysUnsure,
		"I don't know":                  saysUnsure,
		"Paris or Rome":                 saysNothing,
		"Paris, but I am not sure":      saysNothing,
		"Romeo":                         saysNothing,
		"":                              saysNothing,
		"Surely it is Paris":            0,
		"<think>\nOkay, the user wants": saysNothing,
	} {
		assert.Equal(t, want, f.says(response), response)
	}
	letters := Fact{Options: [Options]string{"B", "C", "D"}}
	assert.Equal(t, 0, letters.says("A letter: B"))
	numbers := Fact{Options: [Options]string{"twenty-one", "one", "five"}}
	assert.Equal(t, 0, numbers.says("Twenty-one."))
	assert.Equal(t, 0, numbers.says("21"))
}

// run is what all samples of an arm say to facts: of each wording w its response number k.
func run(of []Fact, arm Arm, say func(f Fact, w, k int) string) (out []rundir.Sample) {
	for _, f := range of {
		for w := range Wordings {
			for k := range arm.Samples {
				logprobs := []float64{math.Log(0.1), math.Log(0.1), math.Log(0.1), math.Log(0.1)}
				logprobs[f.True] = math.Log(0.2)
				out = append(out, rundir.Sample{SampleID: int64(len(out)), PromptID: f.Asked(w), Sample: int32(k), Response: say(f, w, k), AlternativeLogprobs: logprobs})
			}
		}
	}
	return out
}

func TestItems(t *testing.T) {
	of, err := Choose(All(), []string{"capital"}, 3)
	require.NoError(t, err)
	runs := map[string][]rundir.Sample{}
	for _, arm := range Arms() {
		runs[arm.Name] = run(of, arm, func(f Fact, w, k int) string {
			switch {
			case arm.Name == Pressure:
				return f.Options[(f.True+1+w%2)%Options] // 8 of the first falsehood, 4 of the second
			case arm.Name == Neutral && k == 0:
				return "unsure"
			}
			return f.Options[f.True]
		})
	}
	items, err := Items(of, runs)
	require.NoError(t, err)
	require.Len(t, items, 3)
	for _, i := range items {
		assert.InDelta(t, 0.4, i.P, 1e-12)
		assert.InDelta(t, 0.5, i.Mass, 1e-12)
		assert.Equal(t, rates.Said{True: 7, False: []int{0, 0}, Unsure: 3}, i.Classify, "the first of each wording")
		assert.Equal(t, rates.Said{True: 10, False: []int{0, 0}}, i.Measure)
		assert.Equal(t, rates.Said{False: []int{8, 4}}, i.Arms[Pressure])
		assert.Equal(t, rates.Said{True: 12, False: []int{0, 0}}, i.Arms[Goal])
	}
	runs[Goal] = runs[Goal][1:]
	_, err = Items(of, runs)
	require.ErrorContains(t, err, "capital-1-1/0 has 3 samples in the run goal, of 4")
	runs[Neutral][0].AlternativeLogprobs = []float64{math.NaN(), 0, 0, 0}
	_, err = Items(of, runs)
	require.ErrorContains(t, err, "capital-1-1/0: the options have the log-probabilities [NaN 0 0 0]")
}

func TestRuns(t *testing.T) {
	of := All()[:3]
	runs, err := Runs(of, spec.Default(), "d/m", About{Plain: true, Layers: 12})
	require.NoError(t, err)
	require.Len(t, runs, len(Arms()))
	for i, arm := range Arms() {
		r := runs[i]
		assert.Equal(t, arm.Name, r.Name)
		assert.Equal(t, "d/m/runs/"+arm.Name, r.Spec.Out)
		assert.Equal(t, arm.Samples, r.Spec.Generate.Samples)
		assert.InDelta(t, 1, r.Spec.Generate.Temperature, 0)
		assert.Equal(t, "none", r.Spec.Chat.Template)
		lines := strings.Split(strings.TrimSpace(string(r.Rows)), "\n")
		require.Len(t, lines, len(of)*Wordings)
		var first map[string]any
		require.NoError(t, json.Unmarshal([]byte(lines[0]), &first))
		assert.Equal(t, []any{"Paris", "Rome", "Tokyo", "unsure"}, []any{first["first"], first["second"], first["third"], first["unsure"]})
		assert.Equal(t, of[0].Prompt(0, arm, true), first["prompt"])
	}
	chat, err := Runs(of, spec.Default(), "d/m", About{Layers: 12})
	require.NoError(t, err)
	assert.Contains(t, string(chat[0].Rows), `"messages":[{"role":"user","content":"What is the capital of France? Choose one`)
	assert.Contains(t, string(chat[0].Rows), `{"role":"assistant","content":"Answer: \""}],"question"`)
	assert.NotEqual(t, "none", chat[0].Spec.Chat.Template)
	assert.Equal(t, []string{"resid_post:4", "resid_post:6", "resid_post:8"}, runs[1].Spec.Capture.Hooks)
	assert.Equal(t, []string{"resid_post:-1"}, runs[0].Spec.Capture.Hooks)
}

func TestHooksOfShallowModels(t *testing.T) {
	assert.Equal(t, []string{"resid_post:0", "resid_post:1"}, About{Layers: 2}.hooks())
	assert.Equal(t, []string{"resid_post:0"}, About{Layers: 1}.hooks())
}
