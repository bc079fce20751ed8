package scenario

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

var questions = []Question{
	{Family: "tin>wax", Wording: "0", Arm: "none", Ask: "decision", Prompt: "x", Options: [2]string{" wax", " tin"}},
	{Family: "tin>wax", HeldOut: true, Wording: "1", Arm: "none", Ask: "belief", Form: "asked", Prompt: "<y>", Options: [2]string{" yes", " no"}},
}

func TestQuestionsAsADataSet(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Write(&out, questions))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	var row map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &row))
	assert.Equal(t, map[string]any{"id": questions[1].ID(), "prompt": "<y>", "question": "tin>wax", "split": HeldOut, "intent_arm": "none", "ask": "belief", "form": "asked", "wording": "1", "first": " yes", "second": " no"}, row)
	back, err := ReadQuestions(&out)
	require.NoError(t, err)
	assert.Equal(t, questions, back)
}

func TestRowsThatWereChanged(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, Write(&out, questions))
	for was, is := range map[string]string{`"held_out"`: `"test"`, `"ask":"belief"`: `"ask":"use"`, `"prompt"`: `prompt`} {
		_, err := ReadQuestions(strings.NewReader(strings.Replace(out.String(), was, is, 2)))
		require.ErrorContains(t, err, "row ", was)
	}
	out.Reset()
	require.NoError(t, WriteSwaps(&out, []Swap{{Family: "a", Base: "b0", Source: "s0"}}, 0))
	for was, is := range map[string]string{`"source"`: `"base"`, `"pair":"0"`: `"pair":"x"`, `"main"`: `""`, "\n{": "\n"} {
		_, err := ReadSwaps(strings.NewReader(strings.Replace(out.String(), was, is, 2)), 0)
		require.Error(t, err, was)
	}
}

func TestAnswers(t *testing.T) {
	sample := func(i int, logprobs ...float64) rundir.Sample {
		return rundir.Sample{PromptID: questions[i].ID(), AlternativeLogprobs: logprobs}
	}
	answers, err := Answers(questions, []rundir.Sample{sample(1, math.Log(0.2), math.Log(0.6)), sample(0, math.Log(0.5), math.Inf(-1))})
	require.NoError(t, err)
	assert.InDelta(t, 1, answers[0].Q, 1e-12)
	assert.InDelta(t, 0.5, answers[0].Mass, 1e-12)
	assert.InDelta(t, 0.25, answers[1].Q, 1e-12)
	assert.InDelta(t, 0.8, answers[1].Mass, 1e-12)
	assert.Equal(t, "asked", answers[1].Form)

	for name, samples := range map[string][]rundir.Sample{
		"has no sample":            {sample(0, -1, -1)},
		"1 options are scored":     {sample(0, -1, -1), sample(1, -1)},
		"log-probability NaN":      {sample(0, -1, -1), sample(1, -1, math.NaN())},
		"both options":             {sample(0, -1, -1), sample(1, math.Inf(-1), math.Inf(-1))},
		"has the log-probability ": {sample(0, -1, -1), sample(1, 0.5, -1)},
	} {
		_, err := Answers(questions, samples)
		require.ErrorContains(t, err, name)
	}
}

func TestSwaps(t *testing.T) {
	swaps := []Swap{
		{Family: "a", Base: "b0", Source: "s0", Options: [2]string{" x", " y"}, Sources: [2]string{" u", " v"}, Before: 0, After: 1, Last: -3},
		{Family: "b", Base: "b1", Source: "s1", Question: true, After: 1, Last: -8},
		{Family: "c", Base: "b2", Source: "s2", Before: 1, After: 1, Last: -3},
	}
	assert.Equal(t, []string{Moves, Foresees, Stays}, []string{swaps[0].Must(), swaps[1].Must(), swaps[2].Must()})
	var out bytes.Buffer
	require.NoError(t, WriteSwaps(&out, swaps, -3))
	assert.Equal(t, 4, strings.Count(out.String(), "\n"))
	assert.Contains(t, out.String(), `{"id":"0/source","prompt":"s0","pair":"0","question":"0","half":"source","first":" u","second":" v","family":"a","split":"main","asks_foresight":false,"before":0,"after":1}`)
	back, err := ReadSwaps(&out, -3)
	require.NoError(t, err)
	assert.Equal(t, map[int]Swap{0: swaps[0], 2: swaps[2]}, back)

	none, variable := "none", "variable"
	sample := func(id string, arm *string, first, second float64) rundir.Sample {
		return rundir.Sample{PromptID: id, Arm: arm, AlternativeLogprobs: []float64{first, second}}
	}
	samples := []rundir.Sample{
		sample("0/base", &none, -0.1, -3), sample("0/base", &variable, -3, -0.1), sample("0/source", &none, -1, -1),
		sample("2/base", &none, -3, -0.1), sample("2/base", &variable, -3, -0.1),
	}
	byArm, err := SwapsOf(swaps, -3, samples)
	require.NoError(t, err)
	require.Len(t, byArm[variable], 2)
	assert.Equal(t, 0, byArm[none][0].Answer())
	assert.Equal(t, 1, byArm[variable][0].Answer())
	_, err = SwapsOf(swaps, -3, samples[:4])
	require.ErrorContains(t, err, `swap "2/base" has no sample of the arm "variable"`)
}
