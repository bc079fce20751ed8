package dataset

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/models/chat"
)

func TestKnowledgeIsAskedFirst(t *testing.T) {
	r := expanded(t, `
prompts:
  prompt: "Is {x}?"
  response: "{x}."
  rows: [{id: a, x: tin, answer: 7, label: l, group: g, note: n, question: q}, {id: b, x: tin, answer: 7, question: q}, {id: c, x: tea, answer: [a, b], split: mine}]
conditions: [{name: neutral, system: "Be {how}.", vars: {how: brief}, split: no}, {name: lying, system: Lie.}]
styles: [{name: loud, suffix: "!"}]
pairs: {differ: [system]}
split: {train: 1}
knowledge: {condition: neutral}
`)
	require.Len(t, r, 2+6)
	assert.Equal(t, []string{"a/knowledge", "c/knowledge", "a/neutral/loud"}, ids(r)[:3])
	k := r[0]
	assert.Equal(t, []chat.Message{{Role: "system", Content: "Be brief."}, {Role: "user", Content: "Is tin?"}}, k.Messages)
	assert.Equal(t, []*string{ptr("knowledge"), ptr("neutral"), ptr("q"), ptr("train"), ptr("g")}, []*string{k.Stage, k.Condition, k.Question, k.Split, k.Group})
	assert.Equal(t, []*string{nil, nil, nil, nil}, []*string{k.Style, k.Pair, k.Response, k.Label})
	assert.Equal(t, ptr("mine"), r[1].Split)
	assert.Nil(t, r[2].Stage)
	assert.Equal(t, ptr("tin."), r[2].Response)
	assert.JSONEq(t, `{"x":"tin","answer":7,"note":"n"}`, k.Meta)
}

func TestTheNeutralCondition(t *testing.T) {
	const row = "prompts: {rows: [{id: a, prompt: Q, answer: y}]}\nconditions: [{name: lying, system: Lie.}]\n"
	k := expanded(t, row+"knowledge: {system: Answer.}\n")[0]
	assert.Nil(t, k.Condition)
	assert.Equal(t, "Answer.", k.Messages[0].Content)
	k = expanded(t, row+"knowledge: {condition: plain, system: Answer.}\n")[0]
	assert.Equal(t, ptr("plain"), k.Condition)
	k = expanded(t, row+"knowledge: {}\n")[0]
	assert.Equal(t, "Q", k.Prompt)
	assert.Equal(t, "a/knowledge", k.ID)
	for more, part := range map[string]string{
		"{condition: lyin}": "none of conditions", "{condition: lying, system: x}": "knowledge.system", "{samples: 0}": "knowledge.samples", "{temperature: -1}": "knowledge.temperature",
		"{max_tokens: 0}": "knowledge.max_tokens", "{knows: 1.1}": "knowledge.knows", "{knows: 0.5, does_not_know: 0.5}": "does_not_know", "{system: '{'}": "not closed",
	} {
		s := validSpec()
		applySpec(t, &s, row+"knowledge: "+more+"\n")
		expect.Refused(t, s.Validate(), part)
	}
}

func TestAnswersThatKnowledgeNeeds(t *testing.T) {
	badExperiment(t, "prompts: {rows: [{prompt: a, answer: y}, {prompt: b}, {prompt: c, answer: ''}, {prompt: d, answer: }]}\nknowledge: {}\n", "prompts.rows[1], prompts.rows[2], prompts.rows[3]: no answer in 3 of 4 rows")
	badExperiment(t, "prompts: {rows: [{prompt: a, answer: y, question: q}, {prompt: b, answer: n, question: q}]}\nknowledge: {}\n", "prompts.rows[1]", `question "q" has the answer "n" here, and "y" at prompts.rows[0]`)
}

// The dataset that a run keeps holds its knowledge rows; it is asked them once.
func TestKnowledgeRowsOfADataset(t *testing.T) {
	const row = "{id: a/knowledge, prompt: Q, answer: y, stage: knowledge}"
	r := expanded(t, "prompts: {rows: ["+row+", {id: a, prompt: Q, answer: y}]}\nknowledge: {}\n")
	assert.Equal(t, []string{"a/knowledge", "a"}, ids(r))
	assert.Equal(t, ptr("knowledge"), r[0].Stage)
	badExperiment(t, "prompts: {rows: ["+row+"]}\n", "prompts.rows[0]", "the spec no knowledge")
	badExperiment(t, "prompts: {rows: ["+row+"]}\nknowledge: {}\nstyles: [{name: s}]\n", "prompts.rows[0]", "conditions or styles")
}
