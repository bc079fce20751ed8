package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// splitOf expands n questions with some more keys of the spec and gives the split
// of each row.
func splitOf(t *testing.T, n int, more string) map[string]string {
	t.Helper()
	var text []string
	for i := range n {
		text = append(text, fmt.Sprintf("{id: q%d, prompt: p%d}", i, i))
	}
	out := map[string]string{}
	for _, r := range expanded(t, "prompts: {rows: ["+strings.Join(text, ", ")+"]}\npairs: {allow: true}\n"+more) {
		out[r.ID] = deref(r.Split)
	}
	return out
}

func count(splits map[string]string) map[string]int {
	out := map[string]int{}
	for _, s := range splits {
		out[s]++
	}
	return out
}

func TestSharesAreExactToOneQuestion(t *testing.T) {
	const shares = "split: {train: 0.6, validation: 0.2, test: 0.2}\n"
	assert.Equal(t, map[string]int{"train": 6, "validation": 2, "test": 2}, count(splitOf(t, 10, shares)))
	assert.Equal(t, map[string]int{"train": 3, "validation": 1, "test": 1}, count(splitOf(t, 5, shares)))
	assert.Equal(t, map[string]int{"train": 4, "validation": 1, "test": 2}, count(splitOf(t, 7, shares)), "4.2, 1.4, 1.4: the names decide between equal remainders")
	assert.Equal(t, map[string]int{"train": 1}, count(splitOf(t, 1, shares)))
	assert.Equal(t, map[string]int{"a": 3}, count(splitOf(t, 3, "split: {a: 1}\n")))
	thirds := "split: {a: 0.3333333333333333, b: 0.3333333333333333, c: 0.3333333333333333}\n"
	assert.Equal(t, map[string]int{"a": 3, "b": 3, "c": 3}, count(splitOf(t, 9, thirds)))
}

func TestAQuestionIsInOneSplitWhateverItsCondition(t *testing.T) {
	alone := splitOf(t, 20, "split: {train: 0.5, test: 0.5, seed: 3}\n")
	crossed := splitOf(t, 20, "split: {train: 0.5, test: 0.5, seed: 3}\nconditions: [{name: a}, {name: b}]\nstyles: [{name: s}, {name: t, split: held}]\n")
	for id, split := range alone {
		for _, c := range []string{"a", "b"} {
			assert.Equal(t, split, crossed[id+"/"+c+"/s"])
			assert.Equal(t, "held", crossed[id+"/"+c+"/t"])
		}
	}
	assert.NotEqual(t, alone, splitOf(t, 20, "split: {train: 0.5, test: 0.5, seed: 4}\n"))
	assert.Equal(t, splitOf(t, 20, "split: {train: 0.5, test: 0.5}\n"), splitOf(t, 20, "split: {train: 0.5, test: 0.5, seed: 0}\n"))
}

func TestTheOrderOfTheRowsDoesNotSplitThem(t *testing.T) {
	shares := map[string]float64{"a": 0.5, "b": 0.5, "seed": 1}
	assert.Equal(t, drawSplits([]string{"x", "y", "z", "w"}, shares), drawSplits([]string{"w", "z", "y", "x"}, shares))
}

func TestARowsOwnSplitComesFirst(t *testing.T) {
	r := expanded(t, `
prompts: {rows: [{prompt: a, question: q, split: mine}, {prompt: b, question: q}, {prompt: c}, {prompt: d}]}
split: {train: 0.5, test: 0.5}
`)
	assert.Equal(t, []string{"mine", "mine"}, []string{*r[0].Split, *r[1].Split})
	assert.ElementsMatch(t, []string{"train", "test"}, []string{*r[2].Split, *r[3].Split})
	badExperiment(t, "prompts: {rows: [{prompt: a, question: q, split: x}, {prompt: b, question: q, split: y}]}\n", "prompts.rows[1]", `question "q" is in the split "y" here, and in "x" at prompts.rows[0]`)
	expanded(t, "prompts: {rows: [{prompt: a, question: q, style: s, split: x}, {prompt: b, question: q, style: t, split: y}]}\n")
}

// Both rows of a pair are about the same question, where nothing else is said.
func TestPairsAreNotSplit(t *testing.T) {
	var text []string
	for i := range 40 {
		text = append(text, fmt.Sprintf("{prompt: x%d, pair: p%d}", i, i/2))
	}
	r := expanded(t, "prompts: {rows: ["+strings.Join(text, ", ")+"]}\npairs: {differ: [user]}\nsplit: {train: 0.5, test: 0.5}\n")
	for i := 0; i < 40; i += 2 {
		assert.Equal(t, r[i].Split, r[i+1].Split)
		assert.Equal(t, r[i].Question, r[i].Pair)
	}
}
