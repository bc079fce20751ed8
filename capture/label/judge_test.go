package label

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

func TestAJudgesAnswerIsTheFirstValueInIt(t *testing.T) {
	values, err := newAnswerValues([]string{"Yes", "no", "not sure", "no idea"})
	require.NoError(t, err)
	for answer, want := range map[string]string{
		"yes":                    "Yes",
		"**YES**, it is. Not no": "Yes",
		"I know nothing":         labels.Ambiguous,
		"":                       labels.Ambiguous,
		"Well, no.":              "no",
		"I am not sure, yes":     "not sure",
		"No idea":                labels.Ambiguous, // both "no" and "no idea" begin there
		"yes or no":              "Yes",
	} {
		assert.Equal(t, want, values.first(answer), answer)
	}
	_, err = newAnswerValues([]string{"yes", "YES!"})
	expect.Refused(t, err, "are the same words")
	_, err = newAnswerValues([]string{"?"})
	expect.Refused(t, err, "has no word")
}

func TestWhatAJudgeIsAsked(t *testing.T) {
	s := said("{response}", `{"answer": ["a", 2], "topic": "tin", "n": 1e2}`)
	s.Label = ptr("lie")
	ask := func(text string) (string, error) {
		parsed, err := spec.ParseTemplate("ask", text)
		if err != nil {
			return "", err
		}
		return parsed.Fill(func(name string) (string, error) { return variableOf(&s, name) })
	}
	got, err := ask("{prompt} {{x}} {response} {answer} {topic} {n} {label} {prompt_id}")
	require.NoError(t, err)
	assert.Equal(t, "<p> {x} {response} a, 2 tin 1e2 lie {response}", got)
	for text, what := range map[string]string{"{nothing}": "{nothing}: the sample has no such key", "{": "is not closed", "a}b": "closes nothing", "{}": "names no variable", "{a{b}}": "is not closed"} {
		_, err := ask(text)
		assert.ErrorContains(t, err, what)
	}
}

// liar answers every prompt of a data set: wax.
func liar(_ context.Context, dataset string) (out []rundir.Sample, m *rundir.Manifest, err error) {
	f, err := os.Open(dataset)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct{ ID, Prompt string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, nil, err
		}
		out = append(out, rundir.Sample{SampleID: int64(len(out)), PromptID: row.ID, Prompt: row.Prompt, Response: "old wax ."})
	}
	m = &rundir.Manifest{Spec: json.RawMessage(`{"prompts":{"file":"questions.jsonl"},"generate":{"max_tokens":3}}`)}
	m.Model.SHA256 = "5a"
	return out, m, nil
}

func TestAJudgeLabels(t *testing.T) {
	parent := int64(0)
	samples := []rundir.Sample{said("x", `{"colour":"grey"}`), said("y", `{"colour":"pink"}`), said("z", "{}")}
	samples[2].ParentSampleID = &parent
	dir := labelRun(t, rundir.Complete, samples...)
	judge := Judge{Ask: "Uma saw bright tin in the {colour} box . Uma says", Values: []string{"tin", "wax"}, Generate: liar}
	made, err := ByJudge(context.Background(), dir, judge, Options{Name: "judged"})
	require.NoError(t, err)
	assert.Equal(t, 2, made.Labels)
	table, err := labels.Read(dir, "judged", 0)
	require.NoError(t, err)
	assert.Equal(t, labels.Judge, table.Source)
	for i, l := range table.Labels {
		assert.EqualValues(t, i, l.SampleID)
		assert.Contains(t, *l.Prompt, []string{"the grey box", "the pink box"}[i])
		assert.Equal(t, "old wax .", *l.Answer)
		assert.Equal(t, "wax", l.Value)
	}
	assert.Contains(t, string(table.How), `"sha256":"5a"`)
	assert.Contains(t, string(table.How), `"max_tokens":3`)
	assert.NotContains(t, string(table.How), "questions.jsonl")
	again, err := ByJudge(context.Background(), dir, judge, Options{Name: "judged"})
	require.NoError(t, err)
	assert.EqualValues(t, 2, again.Version)
	second, err := labels.Read(dir, "judged", 0)
	require.NoError(t, err)
	assert.Equal(t, table.Labels, second.Labels)
}

func TestJudgesAreRefused(t *testing.T) {
	dir := labelRun(t, rundir.Complete, said("red", "{}"))
	broken := errors.New("no such model")
	good := Judge{Ask: "gold", Values: []string{"yes"}, Generate: func(context.Context, string) ([]rundir.Sample, *rundir.Manifest, error) {
		return nil, nil, broken
	}}
	for what, change := range map[string]func(j *Judge){
		"nothing to ask": func(j *Judge) { j.Ask = " " },
		"no values":      func(j *Judge) { j.Values = nil },
		"always allowed": func(j *Judge) { j.Values = []string{"ambiguous"} },
		"{nothing}":      func(j *Judge) { j.Ask = "{nothing}" },
		"is not closed":  func(j *Judge) { j.Ask = "{" },
	} {
		judge := good
		change(&judge)
		_, err := ByJudge(context.Background(), dir, judge, asTruth)
		expect.Refused(t, err, what)
	}
	_, err := ByJudge(context.Background(), dir, good, asTruth)
	assert.ErrorIs(t, err, broken)
	tables, err := List(dir)
	require.NoError(t, err)
	assert.Empty(t, tables)
}

func TestAQuestionMayLieInAFile(t *testing.T) {
	got, err := ReadQuestion("is {response} right?")
	require.NoError(t, err)
	assert.Equal(t, "is {response} right?", got)
	got, err = ReadQuestion("@" + expect.File(t, "ask.txt", "two\nlines\n"))
	require.NoError(t, err)
	assert.Equal(t, "two\nlines", got)
	_, err = ReadQuestion("@" + expect.File(t, "ask.txt", strings.Repeat("x", maxQuestionBytes+1)))
	expect.Refused(t, err, "larger than 1 MiB")
	_, err = ReadQuestion("@nothing.txt")
	expect.Refused(t, err, "nothing.txt")
}
