package capture

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models/phantom"
	"intentprobe/storage"
)

func TestAJudgesAnswerIsTheFirstValueInIt(t *testing.T) {
	parse, err := newAnswerParser([]string{"Yes", "no", "not sure", "no idea"})
	require.NoError(t, err)
	for answer, want := range map[string]string{
		"yes":                    "Yes",
		"**YES**, it is. Not no": "Yes",
		"I know nothing":         storage.Ambiguous,
		"":                       storage.Ambiguous,
		"Well, no.":              "no",
		"I am not sure, yes":     "not sure",
		"No idea":                storage.Ambiguous, // both "no" and "no idea" begin there
		"yes or no":              "Yes",
	} {
		assert.Equal(t, want, parse.value(answer), answer)
	}
	_, err = newAnswerParser([]string{"yes", "YES!"})
	refused(t, err, "are the same words")
	_, err = newAnswerParser([]string{"?"})
	refused(t, err, "has no word")
}

func TestWhatAJudgeIsAsked(t *testing.T) {
	s := said("{response}", `{"answer": ["a", 2], "topic": "tin", "n": 1e2}`)
	s.Label = ptr("lie")
	ask := func(text string) (string, error) {
		parsed, err := parseTemplate("--ask", text)
		if err != nil {
			return "", err
		}
		return parsed.join(func(name string) (string, error) { return askedKey(&s, name) })
	}
	got, err := ask("{prompt} {{x}} {response} {answer} {topic} {n} {label} {prompt_id}")
	require.NoError(t, err)
	assert.Equal(t, "<p> {x} {response} a, 2 tin 1e2 lie {response}", got)
	for text, what := range map[string]string{"{nothing}": "{nothing}: the sample has no such key", "{": "is not closed", "a}b": "closes nothing", "{}": "names no variable", "{a{b}}": "is not closed"} {
		_, err := ask(text)
		assert.ErrorContains(t, err, what)
	}
}

func TestAJudgeLabels(t *testing.T) {
	parent := int64(0)
	samples := []storage.Sample{said("x", `{"colour":"grey"}`), said("y", `{"colour":"pink"}`), said("z", "{}")}
	samples[2].ParentSampleID = &parent
	dir := labelRun(t, storage.Complete, samples...)
	ask := "the {colour} box holds bright tin . the white box holds smooth tin . Uma wants Ben to hear old wax . " +
		"Uma saw bright tin in the {colour} box . Ben asks about the {colour} box . Uma says"
	judge := Judge{Model: phantom.Name, Ask: ask, Values: []string{"tin", "wax"}, MaxTokens: 3, Threads: 1}
	made, err := LabelByJudge(context.Background(), dir, judge, LabelOptions{Name: "judged"})
	require.NoError(t, err)
	assert.Equal(t, 2, made.Labels)
	table, err := storage.ReadLabels(dir, "judged", 0)
	require.NoError(t, err)
	assert.Equal(t, storage.LabelJudge, table.Source)
	for i, l := range table.Labels {
		assert.EqualValues(t, i, l.SampleID)
		assert.Contains(t, *l.Prompt, []string{"the grey box", "the pink box"}[i])
		assert.Contains(t, *l.Answer, "wax") // she lies
		assert.Equal(t, "wax", l.Value)
	}
	assert.Contains(t, string(table.How), `"sha256"`)
	assert.Contains(t, string(table.How), `"max_tokens":3`)
	again, err := LabelByJudge(context.Background(), dir, judge, LabelOptions{Name: "judged"})
	require.NoError(t, err)
	assert.EqualValues(t, 2, again.Version)
	second, err := storage.ReadLabels(dir, "judged", 0)
	require.NoError(t, err)
	assert.Equal(t, table.Labels, second.Labels)
}

func TestJudgesAreRefused(t *testing.T) {
	dir := labelRun(t, storage.Complete, said("red", "{}"))
	good := Judge{Model: phantom.Name, Ask: "gold", Values: []string{"yes"}, MaxTokens: 1}
	for what, change := range map[string]func(j *Judge){
		"nothing to ask":            func(j *Judge) { j.Ask = " " },
		"no values":                 func(j *Judge) { j.Values = nil },
		"an answer of 0 tokens":     func(j *Judge) { j.MaxTokens = 0 },
		"always allowed":            func(j *Judge) { j.Values = []string{"ambiguous"} },
		"{nothing}":                 func(j *Judge) { j.Ask = "{nothing}" },
		"the phantom does not know": func(j *Judge) { j.Ask = "Is {response} right?" },
	} {
		judge := good
		change(&judge)
		_, err := LabelByJudge(context.Background(), dir, judge, asTruth)
		refused(t, err, what)
	}
}
