package dataset

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

func ids(rows []Row) (out []string) {
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestRowsAreCrossedWithConditionsAndStyles(t *testing.T) {
	r := expanded(t, `
prompts: {rows: [{id: a, prompt: Q, note: 1}, {id: b, prompt: R}]}
conditions:
  - {name: honest, system: Be honest., prefix: "<", suffix: ">", label: truth}
  - {name: lying, system: Lie., label: lie}
styles: [{name: plain}, {name: terse, prefix: "[", suffix: "]", prefill: "In short:", split: test}]
pairs: {differ: [system, user]}
`)
	assert.Equal(t, []string{"a/honest/plain", "a/honest/terse", "a/lying/plain", "a/lying/terse", "b/honest/plain", "b/honest/terse", "b/lying/plain", "b/lying/terse"}, ids(r))
	one := r[1]
	assert.Equal(t, []chat.Message{{Role: "system", Content: "Be honest."}, {Role: "user", Content: "<[Q]>"}, {Role: "assistant", Content: "In short:"}}, one.Messages)
	assert.Equal(t, []*string{ptr("a"), ptr("honest"), ptr("terse"), ptr("a/terse"), ptr("truth"), ptr("test"), nil},
		[]*string{one.Question, one.Condition, one.Style, one.Pair, one.Label, one.Split, one.Stage})
	assert.JSONEq(t, `{"note":1}`, one.Meta)
	assert.Contains(t, one.Place, "prompts.rows[0] (condition honest, style terse)")
	assert.Nil(t, r[0].Split)
}

func TestIDsWithConditionsOrStylesAlone(t *testing.T) {
	r := expanded(t, "prompts: {text: [Q]}\nconditions: [{name: only}]\n")
	assert.Equal(t, []string{"0/only"}, ids(r))
	assert.Nil(t, r[0].Pair, "one condition makes no pairs")
	assert.Equal(t, "Q", r[0].Prompt, "a prompt stays one where nothing but its text changes")
	r = expanded(t, "prompts: {text: [Q]}\nstyles: [{name: s}, {name: t, suffix: '!'}]\n")
	assert.Equal(t, []string{"0/s", "0/t"}, ids(r))
	assert.Equal(t, []*string{nil, nil, ptr("0")}, []*string{r[0].Pair, r[1].Pair, r[1].Question})
	r = expanded(t, "prompts: {rows: [{id: a, prompt: Q, question: q}, {prompt: R}]}\n")
	assert.Equal(t, []string{"a", "1"}, ids(r))
	assert.Equal(t, []*string{ptr("q"), ptr("1")}, []*string{r[0].Question, r[1].Question})
	assert.Equal(t, "{}", r[0].Meta, "the question is no metadata")
}

func TestPromptAndResponseAreTemplates(t *testing.T) {
	for name, source := range map[string]string{
		"a.jsonl": `{"id":"f","statement":"{tin}","answer":"yes","n":1.50,"ok":true,"question":"q1"}` + "\n",
		"a.csv":   "id,statement,answer,n,ok,question\nf,{tin},yes,1.50,true,q1\n",
	} {
		r := expanded(t, "prompts: {file: "+expect.File(t, name, source)+`, prompt: "{{{statement}}} {n} {ok} {id} {question} {who}", response: "{answer}"}
conditions:
  - {name: a, vars: {who: me, statement: never}}
  - {name: b, prompt: "Just {who}", response: "", vars: {who: you}}
styles: [{name: s, vars: {who: us}}]
pairs: {allow: true}
`)
		assert.Equal(t, "{{tin}} 1.50 true f q1 us", r[0].Prompt, "%s: the row's keys come first, then the style's vars", name)
		assert.Equal(t, ptr("yes"), r[0].Response)
		assert.Equal(t, "Just us", r[1].Prompt)
		assert.Equal(t, ptr(""), r[1].Response, "an empty response is given")
	}
	r := expanded(t, "prompts: {text: [tin], prompt: 'Is {prompt} a metal?'}\n")
	assert.Equal(t, []string{"0"}, ids(r))
	assert.Equal(t, "Is tin a metal?", r[0].Prompt)
}

func TestPromptsWithoutATemplateAreNone(t *testing.T) {
	r := expanded(t, "prompts: {text: ['{x} }{']}\nconditions: [{name: a}]\n")
	assert.Equal(t, "{x} }{", r[0].Prompt)
}

func TestPrefixesLieAroundTheLastMessageOfTheUser(t *testing.T) {
	r := expanded(t, `
prompts: {rows: [{messages: [{role: user, content: a}, {role: assistant, content: b}, {role: user, content: c}, {role: assistant, content: "So"}]}]}
conditions: [{name: x, prefix: "-", suffix: "+"}, {name: y, system: s}]
pairs: {allow: true}
`)
	assert.Equal(t, []chat.Message{{Role: "user", Content: "a"}, {Role: "assistant", Content: "b"}, {Role: "user", Content: "-c+"}, {Role: "assistant", Content: "So"}}, r[0].Messages)
	assert.Equal(t, "c", r[1].Messages[3].Content, "one condition does not change the rows of another")
}

func TestWhatARowAndTheSpecBothSay(t *testing.T) {
	const system, prefilled = `{messages: [{role: system, content: s}, {role: user, content: u}]}`, `{messages: [{role: user, content: u}, {role: assistant, content: a}]}`
	for row, condition := range map[string]string{
		system: "system: t", prefilled: "prefill: So", `{prompt: p, label: l}`: "label: m", `{prompt: p, condition: c}`: "suffix: x",
		`{messages: [{role: user, content: u}]}`: "prompt: q",
	} {
		badExperiment(t, "prompts: {rows: ["+row+"]}\nconditions: [{name: a, "+condition+"}]\n", "prompts.rows[0] (condition a)", "of its own")
	}
	badExperiment(t, "prompts: {rows: [{prompt: p, style: c}]}\nstyles: [{name: a}]\n", "a style of its own")
	badExperiment(t, "prompts: {rows: [{messages: [{role: assistant, content: a}]}]}\nstyles: [{name: a, prefix: x}]\n", "no message of the user")
	badExperiment(t, "prompts: {rows: [{x: 1}]}\nconditions: [{name: c}, {name: d, prompt: q}]\n", "(condition c): neither prompt nor messages")
	badExperiment(t, "prompts: {rows: [{id: a, prompt: p, answer: y}]}\nconditions: [{name: knowledge}]\nknowledge: {}\n", `id "a/knowledge" stands there twice`)
}

func TestStyleAndConditionBothSetAKey(t *testing.T) {
	for _, key := range []string{"system", "prefill", "prompt", "response", "label", "split"} {
		s := validSpec()
		applySpec(t, &s, fmt.Sprintf("conditions: [{name: c, %s: x}]\nstyles: [{name: s, %s: y}]\n", key, key))
		expect.Refused(t, s.Validate(), `both style "s" and condition "c"`, key)
	}
}

func TestSpansOfTheSpecAreFilledIn(t *testing.T) {
	r := expanded(t, `
prompts: {rows: [{id: a, statement: tin, spans: {own: "{x}"}}, {id: b, statement: tea, spans: [{name: claim, range: [0, 2], in: 0}]}], prompt: "Is {statement}?"}
spans: [{name: claim, text: "{statement}"}]
`)
	assert.Equal(t, []spec.SpanRule{{Name: "claim", Text: "tin"}, {Name: "own", Text: "{x}"}}, r[0].Spans)
	assert.Equal(t, []spec.SpanRule{{Name: "claim", Range: []int{0, 2}, In: "0"}}, r[1].Spans)
}

func TestTheKeptDatasetGivesTheSameRows(t *testing.T) {
	text, err := os.ReadFile("../spec/testdata/experiment.yaml")
	require.NoError(t, err)
	s := experiment(t, string(text))
	d, err := FromSpec(&s)
	require.NoError(t, err)
	require.Len(t, d.Rows, 2+8)
	back, err := Read(spec.Prompts{File: expect.File(t, "dataset.jsonl", string(d.Text()))})
	require.NoError(t, err)
	assert.Equal(t, d.SHA256, back.SHA256)
	for _, data := range []*Dataset{d, back} {
		for i := range data.Rows {
			data.Rows[i].Place = ""
		}
	}
	assert.Equal(t, d.Rows, back.Rows)
}

// What is not linear in the rows does not come to an end here.
func TestManyRowsAreCrossed(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, `{"id":"q%d","statement":"the number %d is a number","answer":"yes"}`+"\n", i, i)
	}
	s := experiment(t, "prompts: {file: "+expect.File(t, "a.jsonl", b.String())+`, prompt: "Is it true that {statement}?"}
conditions: [{name: honest, system: "You always tell the truth."}, {name: lying, system: "You always lie about {answer}."}]
pairs: {differ: [system]}
split: {train: 0.8, test: 0.2}
`)
	d, err := FromSpec(&s)
	require.NoError(t, err)
	assert.Len(t, d.Rows, 200_000)
}

func TestTooManyExpandedRows(t *testing.T) {
	rows := strings.Repeat("x\n", maxRows/2+1)
	s := experiment(t, "prompts: "+expect.File(t, "a.txt", rows)+"\nconditions: [{name: a}, {name: b}]\npairs: {allow: true}\n")
	_, err := FromSpec(&s)
	expect.Refused(t, err, "500001 rows under 2 conditions and styles are 1000002; a run has at most 1000000")
}
