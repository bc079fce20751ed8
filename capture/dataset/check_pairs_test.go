package dataset

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
)

// two is a dataset of one pair.
func two(a, b string) string {
	return "prompts: {rows: [{id: a, pair: p, " + a + "}, {id: b, pair: p, " + b + "}]}\n"
}

const lie, honest = `messages: [{role: system, content: Please lie now.}, {role: user, content: "Is tin?"}]`, `messages: [{role: system, content: Please be honest now.}, {role: user, content: "Is tin?"}]`

func TestPairsDifferInWhatIsDeclaredAlone(t *testing.T) {
	hint := badExperiment(t, two(lie, honest), `pair "p": prompts.rows[0] and prompts.rows[1] differ`, "message 0 (system): Please [-lie-]{+be honest+} now.", "1 of 1 pair")
	assert.Contains(t, hint, "pairs: {differ: [system]}")
	badExperiment(t, two(lie, honest)+"pairs: {differ: [user, response]}\n", "message 0 (system)")
	for _, pairs := range []string{"{differ: [system]}", "{differ: [user, system]}", "{differ: ['user,system']}", "{allow: true}"} {
		assert.Len(t, expanded(t, two(lie, honest)+"pairs: "+pairs+"\n"), 2, pairs)
	}
	expanded(t, two("prompt: x", "prompt: x"))
	expanded(t, two("prompt: x", "messages: [{role: user, content: x}]"))
}

func TestAMessageThatOneRowLacksIsADifferenceOfItsRole(t *testing.T) {
	without := `prompt: "Is tin?"`
	badExperiment(t, two(lie, without), "message 0 (system), which the second has not: [-Please lie now.-]")
	badExperiment(t, two(without, lie), "message 0 (system), which the first has not: {+Please lie now.+}")
	expanded(t, two(without, lie)+"pairs: {differ: [system]}\n")
	badExperiment(t, two(without, `messages: [{role: user, content: "Is tin?"}, {role: assistant, content: ""}]`), "message 1 (assistant), which the first has not")
	// chat.system stands where a row has none.
	badExperiment(t, two(without, lie)+"chat: {system: Please sing now.}\n", "message 0 (system): Please [-sing-]{+lie+} now.")
	expanded(t, two(without, lie)+"chat: {system: Please lie now.}\n")
}

func TestResponsesArePartOfAPair(t *testing.T) {
	badExperiment(t, two("prompt: x, response: yes it is", "prompt: x, response: no it is"), "response: [-yes-]{+no+} it is")
	badExperiment(t, two("prompt: x, response: ''", "prompt: x"), "response: ")
	expanded(t, two("prompt: x, response: y", "prompt: x")+"pairs: {differ: [response]}\n")
}

func TestSpansOfAPairMayDiffer(t *testing.T) {
	a, b := `statement: tin, prompt: "Is tin a metal? tin"`, `statement: dark tea, prompt: "Is dark tea a metal? dark tea"`
	span := "spans: [{name: claim, text: '{statement}', all: true}, {name: other, range: [0, 2]}]\npairs: {differ: [span:claim]}\n"
	expanded(t, two(a, b)+span)
	badExperiment(t, two(a, `statement: tea, prompt: "Was tea a metal? tea"`)+span, "message 0 (user): [-Is tin-]{+Was tea+} a metal")
	expanded(t, two(`prompt: "a 1, c", response: x9`, `prompt: "a 22, c", response: x8`)+"spans: [{name: n, regex: '[0-9]+'}, {name: r, range: [1, 2], in: response}]\npairs: {differ: [span:n, span:r]}\n")
	badExperiment(t, two(`prompt: "a 1"`, `prompt: "a 2"`)+"spans: [{name: n, regex: '[0-9]+', in: response}]\npairs: {differ: [span:n]}\n", "message 0 (user)")
	badExperiment(t, two(`prompt: a`, `prompt: a`)+"spans: [{name: claims, text: a}]\npairs: {differ: [span:claim]}\n", `no span "claim" is declared`)
	expanded(t, two(`prompt: tin it is, spans: {w: tin}`, `prompt: tea it is, spans: {w: tea}`)+"pairs: {differ: [span:w]}\n")
}

func TestConditionsDeclareNothingByThemselves(t *testing.T) {
	const conditions = "prompts: {text: [x, y]}\nconditions: [{name: a, system: Lie.}, {name: b, system: Do not lie.}, {name: c, suffix: '!'}]\n"
	hint := badExperiment(t, conditions, "(condition a)", "(condition b)", "2 of 2 pairs")
	assert.Contains(t, hint, "differ: [system, user]")
	assert.Len(t, expanded(t, conditions+"pairs: {differ: [system, user]}\n"), 6)
}

func TestAPairWithoutItsOtherHalf(t *testing.T) {
	const one = "prompts: {rows: [{prompt: x, pair: p}, {prompt: x, pair: p}, {prompt: y, pair: q}]}\n"
	badExperiment(t, one, "prompts.rows[2]", `pair "q" is without its other half`)
	expanded(t, one+"pairs: {allow: true}\n")
}

func TestTheSummaryOfPairs(t *testing.T) {
	s := experiment(t, `
prompts: {rows: [{id: a, prompt: 'Is tin?'}, {id: b, prompt: x}]}
conditions: [{name: h, system: Be honest.}, {name: l, system: Please lie.}]
styles: [{name: s}]
pairs: {differ: [system]}
`)
	d, err := FromSpec(&s)
	require.NoError(t, err)
	assert.Equal(t, PairSummary{Pairs: 2, Differ: []PairDifference{{What: "system", Pairs: 2, Words: 8, Example: `pair "a/s", message 0 (system): [-Be honest-]{+Please lie+}.`}}}, d.Pairs(&s))
	s = experiment(t, two("prompt: x", "prompt: x"))
	d, err = FromSpec(&s)
	require.NoError(t, err)
	assert.Equal(t, PairSummary{Pairs: 1, Same: 1}, d.Pairs(&s))
}

func TestLongTextsAreShownWhereTheyDiffer(t *testing.T) {
	long := "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
	text, words := wordDiff(long+"black "+long, long+"white "+long)
	assert.Equal(t, "...fifteen sixteen seventeen eighteen nineteen twenty [-black-]{+white+} one two three four five six...", text)
	assert.Equal(t, 2, words)
}

func TestWhatPairsHaveBesideTheirTexts(t *testing.T) {
	const row = `{"pair":"p","id":"%s","messages":[{"role":"user","content":"q","name":"%s"}],"tools":[{"name":"%s"}]}` + "\n"
	for _, c := range []struct{ name, tool, where string }{
		{"Ann", "g", "tools: "}, {"Bob", "f", "message 0 (user), beside its content: "}, {"Ann", "f", ""},
	} {
		d, err := Read(spec.Prompts{File: expect.File(t, "a.jsonl", fmt.Sprintf(row, "a", "Ann", "f")+fmt.Sprintf(row, "b", c.name, c.tool))})
		require.NoError(t, err)
		s := validSpec()
		err = d.checkPairs(&s)
		if c.where == "" {
			assert.NoError(t, err)
			continue
		}
		expect.Refused(t, err, c.where)
		s.Pairs.Differ = []string{"user", "tools"}
		assert.NoError(t, d.checkPairs(&s))
	}
}
